//! Times as text.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// RFC 3339; none for a time outside the calendar.
pub(super) fn rfc3339(time: DateTime) -> Option<String> {
    time.fmt(Format::DateTime).ok()
}
