//! The five checksums of an object
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{ChecksumAlgorithm, ChecksumType};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::fault;

/// How a checksum is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(super) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// As in `ChecksumAlgorithm` and in error messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header that carries it.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The algorithm that a request asks for.
    pub(super) fn asked(asked: Option<&ChecksumAlgorithm>) -> S3Result<Option<Self>> {
        let Some(asked) = asked else { return Ok(None) };
        let known = Self::named(asked.as_str());
        known.map(Some).ok_or_else(|| {
            fault::invalid_request("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
        })
    }

    fn is_crc(self) -> bool {
        !matches!(self, Self::Sha1 | Self::Sha256)
    }

    /// Whether an upload in parts gets a checksum of its parts' checksums; CRCs can be of the whole object.
    pub(super) fn is_composite(self, asked: Option<&ChecksumType>) -> S3Result<bool> {
        let composite = match asked.map(ChecksumType::as_str) {
            None => self != Self::Crc64Nvme,
            Some("COMPOSITE") => true,
            Some(_) => false,
        };
        if (composite && self == Self::Crc64Nvme) || (!composite && !self.is_crc()) {
            let kind = if composite { "COMPOSITE" } else { "FULL_OBJECT" };
            return Err(fault::invalid_request(format!(
                "The {kind} checksum type cannot be used with the {} checksum algorithm.",
                self.name().to_lowercase()
            )));
        }
        Ok(composite)
    }

    /// A hasher of this algorithm alone.
    pub(super) fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
        hasher
    }

    /// The checksum that its hasher has made.
    pub(super) fn finish(self, hasher: ChecksumHasher) -> Sum {
        let made = hasher.finalize();
        let value = match self {
            Self::Crc32 => made.checksum_crc32,
            Self::Crc32c => made.checksum_crc32c,
            Self::Crc64Nvme => made.checksum_crc64nvme,
            Self::Sha1 => made.checksum_sha1,
            Self::Sha256 => made.checksum_sha256,
        };
        Sum { algorithm: self, value: value.unwrap_or_default(), composite: false }
    }

    fn crc(self) -> Option<(CrcAlgorithm, usize)> {
        match self {
            Self::Crc32 => Some((CrcAlgorithm::Crc32IsoHdlc, 4)),
            Self::Crc32c => Some((CrcAlgorithm::Crc32Iscsi, 4)),
            Self::Crc64Nvme => Some((CrcAlgorithm::Crc64Nvme, 8)),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

/// A checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) algorithm: Algorithm,
    /// Base64, for a composite one with `-<number of parts>`.
    pub(super) value: String,
    /// Whether it is of the parts' checksums, not of the content.
    pub(super) composite: bool,
}

impl Sum {
    /// `FULL_OBJECT` or `COMPOSITE`.
    pub(super) fn kind(&self) -> ChecksumType {
        ChecksumType::from_static(if self.composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT })
    }

    /// As stored.
    pub(super) fn to_text(&self) -> String {
        format!("{}{}:{}", self.algorithm.name(), if self.composite { "*" } else { "" }, self.value)
    }

    /// From what is stored.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let (name, value) = text.split_once(':')?;
        let algorithm = Algorithm::named(name.trim_end_matches('*'))?;
        Some(Self { algorithm, value: value.to_owned(), composite: name.ends_with('*') })
    }

    fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.value).unwrap_or_default()
    }
}

/// The checksum of an object of several parts, from theirs and their sizes.
pub(super) fn of_parts(algorithm: Algorithm, composite: bool, parts: &[(Sum, u64)]) -> Sum {
    if let (false, Some((crc, width))) = (composite, algorithm.crc()) {
        let number = |sum: &Sum| sum.bytes().iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let whole = parts.iter().fold(None, |whole: Option<u64>, (sum, size)| {
            Some(whole.map_or(number(sum), |whole| crc_fast::checksum_combine(crc, whole, number(sum), *size)))
        });
        let bytes = whole.unwrap_or_default().to_be_bytes();
        return Sum { algorithm, value: STANDARD.encode(&bytes[8 - width..]), composite: false };
    }
    let mut hasher = algorithm.hasher();
    for (sum, _) in parts {
        hasher.update(&sum.bytes());
    }
    let mut sum = algorithm.finish(hasher);
    sum.value = format!("{}-{}", sum.value, parts.len());
    sum.composite = true;
    sum
}

/// The one checksum that a request gives.
pub(super) fn only(given: impl IntoIterator<Item = (Algorithm, Option<String>)>) -> S3Result<Option<Sum>> {
    let mut given = given.into_iter().filter_map(|(algorithm, value)| Some((algorithm, value?)));
    let Some((algorithm, value)) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(fault::invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ));
    }
    let length = match algorithm {
        Algorithm::Crc32 | Algorithm::Crc32c => 4,
        Algorithm::Crc64Nvme => 8,
        Algorithm::Sha1 => 20,
        Algorithm::Sha256 => 32,
    };
    let base = value.split_once('-').map_or(&*value, |(base, _)| base);
    if STANDARD.decode(base).map_or(true, |bytes| bytes.len() != length) {
        let sentence = format!("Value for {} header is invalid.", algorithm.header());
        return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, sentence));
    }
    Ok(Some(Sum { algorithm, composite: value.contains('-'), value }))
}

/// The checksum that `$from` gives in its five members.
macro_rules! given {
    ($from:expr) => {{
        use $crate::s3::checksum::{Algorithm, only};
        only([
            (Algorithm::Crc32, $from.checksum_crc32.take()),
            (Algorithm::Crc32c, $from.checksum_crc32c.take()),
            (Algorithm::Crc64Nvme, $from.checksum_crc64nvme.take()),
            (Algorithm::Sha1, $from.checksum_sha1.take()),
            (Algorithm::Sha256, $from.checksum_sha256.take()),
        ])
    }};
}

/// Puts a checksum into the member of `$to` that is meant for it.
macro_rules! put {
    ($to:expr, $sum:expr) => {{
        use $crate::s3::checksum::Algorithm;
        if let Some(sum) = $sum {
            let value = Some(sum.value.clone());
            match sum.algorithm {
                Algorithm::Crc32 => $to.checksum_crc32 = value,
                Algorithm::Crc32c => $to.checksum_crc32c = value,
                Algorithm::Crc64Nvme => $to.checksum_crc64nvme = value,
                Algorithm::Sha1 => $to.checksum_sha1 = value,
                Algorithm::Sha256 => $to.checksum_sha256 = value,
            }
        }
    }};
}

pub(super) use {given, put};

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(algorithm: Algorithm, data: &[u8]) -> Sum {
        let mut hasher = algorithm.hasher();
        hasher.update(data);
        algorithm.finish(hasher)
    }

    #[test]
    fn a_crc_of_parts_is_that_of_the_whole() {
        let (one, two) = (b"123".as_slice(), b"456789".as_slice());
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let parts = [(sum(algorithm, one), 3), (sum(algorithm, two), 6)];
            assert_eq!(of_parts(algorithm, false, &parts), sum(algorithm, b"123456789"), "{algorithm:?}");
        }
        // The check values of the CRC catalogue for 123456789.
        assert_eq!(sum(Algorithm::Crc32, b"123456789").value, STANDARD.encode(0xcbf4_3926_u32.to_be_bytes()));
        assert_eq!(sum(Algorithm::Crc32c, b"123456789").value, STANDARD.encode(0xe306_9283_u32.to_be_bytes()));
    }

    #[test]
    fn a_composite_one_is_of_the_parts_checksums() {
        let parts = [(sum(Algorithm::Sha256, b"a"), 1), (sum(Algorithm::Sha256, b"b"), 1)];
        let both = [parts[0].0.bytes(), parts[1].0.bytes()].concat();
        let composite = of_parts(Algorithm::Sha256, true, &parts);
        assert_eq!(composite.value, format!("{}-2", sum(Algorithm::Sha256, &both).value));
        assert_eq!(Sum::from_text(&composite.to_text()), Some(composite));
    }

    #[test]
    fn one_checksum_at_most_is_given() {
        let one = (Algorithm::Crc32, Some("K81oMA==".to_owned()));
        assert_eq!(only([one.clone()]).expect("good").expect("given").value, "K81oMA==");
        assert!(only([one.clone(), (Algorithm::Sha1, Some("x".into()))]).is_err(), "two");
        assert!(only([(Algorithm::Sha1, Some("K81oMA==".into()))]).is_err(), "too short");
        assert!(only([(Algorithm::Sha1, None)]).expect("good").is_none());
    }
}
