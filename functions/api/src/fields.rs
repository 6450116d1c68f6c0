//! Bodies and queries, field by field: every fault of a request is reported at once, as a 422 with a list.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use http::{StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};
use stellarr_core::media::MediaType;

use crate::error::ApiError;

/// Longest JSON body of an ordinary request.
pub(crate) const MAX_FORM_BYTES: usize = 64 * 1024;

/// Longest body of a webhook or of a sync batch: what a Lambda function takes. Of a body that is no text, as a webhook's,
/// a Lambda function takes about 4.5 MB only: it comes in base64, with the rest of the request around it.
pub(crate) const MAX_UPLOAD_BYTES: usize = 6 * 1024 * 1024;

/// How long a body may take to come. A Lambda function has it whole from the start.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads a whole body, and refuses a longer one without reading on.
pub(crate) async fn read_body(body: Body, headers: &http::HeaderMap, limit: usize) -> Result<Bytes, ApiError> {
    let too_large = || ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The body is larger than {limit} bytes"));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(ApiError::new(StatusCode::BAD_REQUEST, "The body broke off")),
        Err(_) => Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "The body did not come in time")),
    }
}

/// Describes one fault the way clients of the old API know it.
pub(crate) fn fault(kind: &str, place: &[Value], message: &str, input: Value) -> Value {
    serde_json::json!({
        "type": kind,
        "loc": place,
        "msg": message,
        "input": input,
        "url": format!("https://errors.pydantic.dev/2.5/v/{kind}"),
    })
}

/// Holds a JSON object while its fields are taken, and the faults found so far.
pub(crate) struct Fields {
    object: Map<String, Value>,
    place: Vec<Value>,
    faults: Vec<Value>,
}

impl Fields {
    /// Reads the body of a request.
    pub(crate) async fn of(request: Request) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let body = read_body(body, &parts.headers, MAX_FORM_BYTES).await?;
        let place = vec![Value::from("body")];
        if body.is_empty() {
            return Err(ApiError::invalid(vec![fault("missing", &place, "Field required", Value::Null)]));
        }
        let value: Value = serde_json::from_slice(&body).map_err(|error| {
            let place = [Value::from("body"), Value::from(error.column())];
            ApiError::invalid(vec![fault("json_invalid", &place, "JSON decode error", Value::Object(Map::new()))])
        })?;
        Self::at(value, place).map_err(|fault| ApiError::invalid(vec![fault]))
    }

    /// Takes an object at a place; anything else is a fault.
    pub(crate) fn at(value: Value, place: Vec<Value>) -> Result<Self, Value> {
        match value {
            Value::Object(object) => Ok(Self { object, place, faults: Vec::new() }),
            other => {
                let message = "Input should be a valid dictionary or object to extract fields from";
                Err(fault("model_attributes_type", &place, message, other))
            }
        }
    }

    fn report(&mut self, name: &str, kind: &str, message: &str, input: Value) {
        let mut place = self.place.clone();
        place.push(name.into());
        self.faults.push(fault(kind, &place, message, input));
    }

    /// Takes a field that must be there.
    fn required(&mut self, name: &str) -> Option<Value> {
        let value = self.object.remove(name);
        if value.is_none() {
            self.report(name, "missing", "Field required", Value::Null);
        }
        value
    }

    /// Takes a field that may be missing or null.
    fn optional(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    fn as_text(&mut self, name: &str, value: Value) -> String {
        match value {
            Value::String(text) => text,
            other => {
                self.report(name, "string_type", "Input should be a valid string", other);
                String::new()
            }
        }
    }

    /// Takes a text.
    pub(crate) fn text(&mut self, name: &str) -> String {
        self.required(name).map(|value| self.as_text(name, value)).unwrap_or_default()
    }

    /// Takes a text that may be missing or null.
    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        self.optional(name).map(|value| self.as_text(name, value))
    }

    fn as_integer(&mut self, name: &str, value: Value) -> i64 {
        let integer = match &value {
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        integer.unwrap_or_else(|| {
            let (kind, message) = match value {
                Value::String(_) => {
                    ("int_parsing", "Input should be a valid integer, unable to parse string as an integer")
                }
                _ => ("int_type", "Input should be a valid integer"),
            };
            self.report(name, kind, message, value);
            0
        })
    }

    /// Takes a whole number.
    pub(crate) fn integer(&mut self, name: &str) -> i64 {
        self.required(name).map(|value| self.as_integer(name, value)).unwrap_or_default()
    }

    /// Takes a whole number that may be missing or null.
    pub(crate) fn optional_integer(&mut self, name: &str) -> Option<i64> {
        self.optional(name).map(|value| self.as_integer(name, value))
    }

    /// Takes an id: a whole number from 1 that fits 32 bits, as TMDB's and TheTVDB's do.
    pub(crate) fn id(&mut self, name: &str) -> u64 {
        let faults = self.faults.len();
        let id = self.integer(name);
        self.check_id(name, id, faults)
    }

    /// Takes an id that may be missing or null; 0 is none.
    pub(crate) fn optional_id(&mut self, name: &str) -> Option<u64> {
        let faults = self.faults.len();
        let id = self.optional_integer(name).filter(|id| *id != 0)?;
        Some(self.check_id(name, id, faults))
    }

    fn check_id(&mut self, name: &str, id: i64, faults: usize) -> u64 {
        match checked_id(id) {
            Some(id) => id,
            None => {
                if self.faults.len() == faults {
                    self.report(name, "id_range", "Input should be an id between 1 and 2147483647", id.into());
                }
                0
            }
        }
    }

    /// Takes `movie` or `tv`.
    pub(crate) fn media_type(&mut self, name: &str) -> MediaType {
        let faults = self.faults.len();
        let text = self.text(name);
        text.parse().unwrap_or_else(|_| {
            if self.faults.len() == faults {
                self.report(name, "enum", "Input should be 'movie' or 'tv'", text.into());
            }
            MediaType::Movie
        })
    }

    /// Takes an object.
    pub(crate) fn object(&mut self, name: &str) -> Self {
        let mut place = self.place.clone();
        place.push(name.into());
        let empty = Self { object: Map::new(), place: place.clone(), faults: Vec::new() };
        match self.required(name).map(|value| Self::at(value, place)) {
            Some(Ok(fields)) => fields,
            Some(Err(fault)) => {
                self.faults.push(fault);
                empty
            }
            None => empty,
        }
    }

    /// Reports a fault of a field's meaning.
    pub(crate) fn refuse(&mut self, name: &str, message: &str) {
        self.report(name, "value_error", message, Value::Null);
    }

    /// Tells whether no fault was found so far.
    pub(crate) fn is_faultless(&self) -> bool {
        self.faults.is_empty()
    }

    /// Returns the faults of this object.
    pub(crate) fn into_faults(self) -> Vec<Value> {
        self.faults
    }

    /// Takes over the faults of an object within; those of one that is missing are one only.
    pub(crate) fn join(&mut self, inner: Self) {
        self.faults.extend(inner.faults);
    }

    /// Ends: an error if there was any fault.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.faults.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.faults)) }
    }
}

fn whole(number: f64) -> Option<i64> {
    let fits = number.fract() == 0.0 && number.abs() < 9e15;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
    fits.then_some(number as i64)
}

fn checked_id(id: i64) -> Option<u64> {
    u64::try_from(id).ok().filter(|id| (1..=2_147_483_647).contains(id))
}

/// Reads a media type in a path or query.
pub(crate) fn media_type_at(place: &str, name: &str, text: &str) -> Result<MediaType, Value> {
    text.parse()
        .map_err(|_| fault("enum", &[place.into(), name.into()], "Input should be 'movie' or 'tv'", text.into()))
}

/// Reads an id in a path.
pub(crate) fn id_at(place: &str, name: &str, text: &str) -> Result<u64, Value> {
    let place = [place.into(), name.into()];
    let id: i64 = text.parse().map_err(|_| {
        let message = "Input should be a valid integer, unable to parse string as an integer";
        fault("int_parsing", &place, message, text.into())
    })?;
    checked_id(id).ok_or_else(|| fault("id_range", &place, "Input should be an id between 1 and 2147483647", id.into()))
}

/// Reports a parameter of the query that must be there.
pub(crate) fn missing_in(place: &str, name: &str) -> ApiError {
    ApiError::invalid(vec![fault("missing", &[place.into(), name.into()], "Field required", Value::Null)])
}

/// Holds the parameters of a query.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query; of a name that comes twice the last counts, as before.
    pub(crate) fn of(uri: &http::Uri) -> Self {
        Self(url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// Returns a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Returns a flag; missing is false, nonsense a 422.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        let Some(text) = self.get(name) else { return Ok(false) };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => Ok(true),
            "false" | "0" | "no" | "off" | "f" | "n" => Ok(false),
            _ => {
                let message = "Input should be a valid boolean, unable to interpret input";
                let place = ["query".into(), name.into()];
                Err(ApiError::invalid(vec![fault("bool_parsing", &place, message, text.into())]))
            }
        }
    }
}
