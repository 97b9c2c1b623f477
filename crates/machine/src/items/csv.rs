//! CSV files: each row is an object of texts.

use serde_json::{Map, Value};

use super::{CsvFormat, CsvHeader, TransferError};
use crate::document::Document;
use crate::sentences;

/// The rows below the header, no more than `most`.
///
/// A row that is too short is filled up with empty texts, what is beyond the header is dropped, and lines with nothing in
/// them are skipped (recorded cases `scenarios/base_scenarios--map_item_reader_csv_first_row_extra_fields.json` and
/// `…csv_headers_decl_extra_fields.json`).
pub(super) fn rows(body: &[u8], format: &CsvFormat, most: usize) -> Result<Vec<Document>, TransferError> {
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(format.delimiter).from_reader(body);
    let mut record = ::csv::ByteRecord::new();
    let broken = |error: &::csv::Error| TransferError::reader(sentences::unreadable("CSV", error));
    let header: Vec<String> = match &format.header {
        CsvHeader::Given(names) => names.iter().map(ToString::to_string).collect(),
        CsvHeader::FirstRow => {
            if !reader.read_byte_record(&mut record).map_err(|error| broken(&error))? {
                return Ok(Vec::new());
            }
            record.iter().map(text).collect()
        }
    };
    let mut distinct: Vec<&str> = header.iter().map(String::as_str).collect();
    distinct.sort_unstable();
    if distinct.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(TransferError::reader(sentences::CSV_DUPLICATE_HEADERS));
    }
    let order = asl::expression::hash_map_order(&header);
    let mut rows = Vec::new();
    while rows.len() < most && reader.read_byte_record(&mut record).map_err(|error| broken(&error))? {
        let members: Map<String, Value> = order
            .iter()
            .map(|column| (header[*column].clone(), Value::String(record.get(*column).map(text).unwrap_or_default())))
            .collect();
        rows.push(Document::new(Value::Object(members)));
    }
    Ok(rows)
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, format: &CsvFormat) -> String {
        let rows = rows(body.as_bytes(), format, usize::MAX).expect("sound");
        rows.iter().map(Document::text).collect::<Vec<_>>().join("\n")
    }

    fn first_row(delimiter: u8) -> CsvFormat {
        CsvFormat { header: CsvHeader::FirstRow, delimiter }
    }

    #[test]
    fn fields_may_be_quoted_and_lines_may_end_as_on_windows() {
        assert_eq!(
            read("a;b\r\n\"1;\"\"2\"\"\n3\";4\r\n\r\n5\r\n", &first_row(b';')),
            "{\"a\":\"1;\\\"2\\\"\\n3\",\"b\":\"4\"}\n{\"a\":\"5\",\"b\":\"\"}"
        );
    }

    #[test]
    fn there_may_be_nothing() {
        assert_eq!(read("", &first_row(b',')), "");
        assert_eq!(read("a,b\n", &first_row(b',')), "");
        let given = CsvFormat { header: CsvHeader::Given(["x".into()].into()), delimiter: b',' };
        assert_eq!(read("1,2\n", &given), r#"{"x":"1"}"#);
    }

    #[test]
    fn two_columns_of_one_name_are_refused() {
        let error = rows(b"a,b,a\n1,2,3\n", &first_row(b','), 10).expect_err("a twice");
        assert_eq!(error.to_string(), "States.ItemReaderFailed: CSV headers cannot contain duplicates.");
    }

    #[test]
    fn no_more_rows_are_read_than_are_wanted() {
        assert_eq!(rows(b"a\n1\n2\n3\n", &first_row(b','), 2).expect("sound").len(), 2);
    }
}
