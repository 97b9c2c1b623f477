//! What Java shows through AWS's answers: how it prints values, in which order its sets iterate, what its generator draws.

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Number, Value};

/// A value as Java's `toString` prints it: `{Arg1=1, Arg2=[]}`, strings without quotes
/// (`generic--format_2.json`, `generic--context_json_path.json`).
pub(super) struct Text<'v>(pub(super) &'v Value);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Bool(truth) => write!(f, "{truth}"),
            Value::Number(number) => f.write_str(&number_text(number)),
            Value::String(text) => f.write_str(text),
            Value::Array(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    let separator = if at == 0 { "" } else { ", " };
                    write!(f, "{separator}{}", Text(item))?;
                }
                f.write_str("]")
            }
            Value::Object(fields) => {
                f.write_str("{")?;
                for (at, (name, field)) in fields.iter().enumerate() {
                    let separator = if at == 0 { "" } else { ", " };
                    write!(f, "{separator}{name}={}", Text(field))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// A number as Java prints it: a double always with a point, and with an exponent from ten million on and below a
/// thousandth.
fn number_text(number: &Number) -> String {
    let Some(double) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let magnitude = double.abs();
    if double == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{double:?}");
    }
    let text = format!("{double:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

/// The name of the Java class that holds such a value.
pub(super) fn class_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(number) if number.is_f64() => "java.lang.Double",
        Value::Number(number) => match number.as_i64() {
            Some(long) if i32::try_from(long).is_ok() => "java.lang.Integer",
            Some(_) => "java.lang.Long",
            None => "java.math.BigInteger",
        },
        Value::String(_) => "java.lang.String",
        Value::Array(_) => "java.util.ArrayList",
        Value::Object(_) => "java.util.LinkedHashMap",
    }
}

/// The distinct ones of `items` in the order in which a Java `HashSet` made of them iterates: by hash bucket, and inside a
/// bucket by first appearance.
pub(super) fn hash_set_order(items: &[Value]) -> Vec<Value> {
    // `new HashSet<>(collection)`: room for the collection at a load of three quarters, sixteen at the least.
    let buckets = (items.len() * 4 / 3 + 1).max(16).next_power_of_two();
    let mut seen = HashSet::new();
    let mut ordered: Vec<(usize, &Value)> = Vec::with_capacity(items.len());
    for item in items {
        if seen.insert(item) {
            let hash = hash_code(item).cast_unsigned();
            ordered.push(((hash ^ (hash >> 16)) as usize & (buckets - 1), item));
        }
    }
    ordered.sort_by_key(|(bucket, _)| *bucket);
    ordered.into_iter().map(|(_, item)| item.clone()).collect()
}

/// The order in which a Java `HashMap` that was filled with these distinct keys, one after the other, iterates over them:
/// the positions of the keys in `keys`. AWS's CSV items have their members in this order
/// (`base_scenarios--map_item_reader_csv_headers_first_row_typed_headers.json`).
pub fn hash_map_order<K: AsRef<str>>(keys: &[K]) -> Vec<usize> {
    // `new HashMap<>()`: sixteen buckets, doubled whenever more than three quarters of them would be taken. A bucket keeps
    // its keys in the order in which they came, also when it is split.
    let mut buckets = 16_usize;
    while keys.len() > buckets / 4 * 3 {
        buckets *= 2;
    }
    let mut order: Vec<(usize, usize)> = keys
        .iter()
        .enumerate()
        .map(|(position, key)| {
            let hash = text_hash(key.as_ref()).cast_unsigned();
            ((hash ^ (hash >> 16)) as usize & (buckets - 1), position)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, position)| position).collect()
}

/// `Object.hashCode`.
fn hash_code(value: &Value) -> i32 {
    match value {
        Value::Null => 0,
        Value::Bool(true) => 1231,
        Value::Bool(false) => 1237,
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(long), _) => i32::try_from(long).unwrap_or_else(|_| fold(long.cast_unsigned())),
            (None, Some(double)) => fold(double.to_bits()),
            (None, None) => 0,
        },
        Value::String(text) => text_hash(text),
        Value::Array(items) => {
            items.iter().fold(1i32, |hash, item| hash.wrapping_mul(31).wrapping_add(hash_code(item)))
        }
        Value::Object(fields) => map_hash(fields),
    }
}

fn fold(bits: u64) -> i32 {
    ((bits ^ (bits >> 32)) as u32).cast_signed()
}

fn text_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

fn map_hash(fields: &Map<String, Value>) -> i32 {
    fields.iter().fold(0i32, |hash, (name, field)| hash.wrapping_add(text_hash(name) ^ hash_code(field)))
}

/// `java.util.Random`, which AWS draws seeded numbers from.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    const MASK: u64 = (1 << 48) - 1;
    const MULTIPLIER: u64 = 0x0005_DEEC_E66D;

    pub(super) fn new(seed: i64) -> Self {
        Self((seed.cast_unsigned() ^ Self::MULTIPLIER) & Self::MASK)
    }

    fn next(&mut self, bits: u32) -> i32 {
        self.0 = self.0.wrapping_mul(Self::MULTIPLIER).wrapping_add(0xB) & Self::MASK;
        ((self.0 >> (48 - bits)) as u32).cast_signed()
    }

    /// `nextInt(bound)`: from zero up to but not including `bound`, which must be positive.
    pub(super) fn below(&mut self, bound: i32) -> i32 {
        if bound & (bound - 1) == 0 {
            return ((i64::from(bound) * i64::from(self.next(31))) >> 31) as i32;
        }
        loop {
            let bits = self.next(31);
            let value = bits % bound;
            if bits.wrapping_sub(value).wrapping_add(bound - 1) >= 0 {
                return value;
            }
        }
    }

    /// `nextDouble()`: from zero up to but not including one.
    pub(super) fn double(&mut self) -> f64 {
        let high = i64::from(self.next(26)) << 27;
        (high + i64::from(self.next(27))) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_print_as_java_prints_them() {
        for (value, text) in [
            (json!({"Arg1": 1, "Arg2": []}), "{Arg1=1, Arg2=[]}"),
            (json!([1, "a", null, true, {"b": 1.5}]), "[1, a, null, true, {b=1.5}]"),
            (json!(1.0), "1.0"),
            (json!(12_345_678.9), "1.23456789E7"),
            (json!(1e10), "1.0E10"),
            (json!(0.000_5), "5.0E-4"),
            (json!(-2.25), "-2.25"),
            (json!(9_007_199_254_740_991i64), "9007199254740991"),
        ] {
            assert_eq!(Text(&value).to_string(), text);
        }
    }

    /// The orders that AWS was seen to answer with: <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>
    /// promises none.
    #[test]
    fn distinct_items_come_in_the_order_of_a_java_hash_set() {
        for (items, distinct) in [
            (json!([true, false, true, false]), json!([false, true])),
            (json!([[1, 2], [1, 2], [2, 1]]), json!([[2, 1], [1, 2]])),
            (json!([null, null, 1, null]), json!([null, 1])),
            (json!([1, "1", 1, "01"]), json!([1, "1", "01"])),
            (json!(["a", "b", "a", "c", "b"]), json!(["a", "b", "c"])),
            (json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}]), json!([{"a": 1, "b": 2}])),
            (json!([1, 1.0]), json!([1.0, 1])),
            (json!([17, 1, 33, 2]), json!([17, 1, 33, 2])),
        ] {
            let items = items.as_array().expect("the table holds arrays");
            assert_eq!(Value::Array(hash_set_order(items)), distinct);
        }
    }

    /// `base_scenarios--map_item_reader_csv_first_row_extra_fields.json` and its neighbours
    #[test]
    fn keys_come_in_the_order_of_a_java_hash_map() {
        assert_eq!(hash_map_order(&["0", "True", "{}"]), [0, 2, 1]);
        assert_eq!(hash_map_order(&["H1", ""]), [1, 0]);
        assert_eq!(hash_map_order(&["Col1", "Col2", "Col3"]), [0, 1, 2]);
        let letters: Vec<String> = ('a'..='p').map(String::from).collect();
        assert_eq!(
            hash_map_order(&letters)[..2],
            [0, 1],
            "sixteen keys have 32 buckets: a is in the second, p in the 17th"
        );
    }

    /// `$random(42)` is 0.7275636800328681 on AWS, as it is in any Java.
    #[test]
    fn the_generator_draws_what_java_draws() {
        assert!((Random::new(42).double() - 0.727_563_680_032_868_1).abs() < 1e-17);
        assert!((Random::new(0).double() - 0.730_967_787_376_657).abs() < 1e-17);
        let mut random = Random::new(42);
        assert_eq!([random.below(10), random.below(10), random.below(10)], [0, 3, 8]);
        assert_eq!(Random::new(0).below(100), 60);
        assert_eq!(Random::new(3).below(16), 11);
    }
}
