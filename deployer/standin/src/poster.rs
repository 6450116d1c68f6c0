//! Draws posters, backdrops and portraits: SVG from a title's name and number.

use std::fmt::Write as _;

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderValue, header},
    response::Response,
};

use crate::{
    answer::TmdbError,
    catalogue::{Catalogue, LOCALES, MediaType},
};

/// What an image shows.
#[derive(Debug, PartialEq, Eq)]
struct Picture {
    /// The seed of colours and shapes.
    seed: u64,
    name: String,
    /// A line under the name.
    note: String,
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// 2:3, as posters and portraits are.
    Tall,
    /// 16:9, as backdrops are.
    Wide,
}

/// Answers `/t/p/{size}/{file}`.
pub(crate) async fn image(Path((size, file)): Path<(String, String)>) -> Response {
    let Some((picture, width)) = parse_file_name(&file).and_then(|picture| {
        let width = width(&size, picture.format)?;
        Some((picture, width))
    }) else {
        return TmdbError::NotFound.response();
    };
    let mut response = Response::new(Body::from(draw(&picture, width)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000"));
    response
}

/// Reads a file name such as `movie653de.jpg`, `tv253wide.jpg` or `person5.jpg`.
fn parse_file_name(file: &str) -> Option<Picture> {
    let stem = file.strip_suffix(".jpg").or_else(|| file.strip_suffix(".svg"))?;
    let word_end = stem.find(|c: char| c.is_ascii_digit())?;
    let (word, rest) = stem.split_at(word_end);
    let number_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(number_end);
    let id: u64 = number.parse().ok()?;
    let catalogue = Catalogue::embedded();
    if word == "person" {
        let person = catalogue.person(id).filter(|_| suffix.is_empty())?;
        return Some(Picture {
            seed: id,
            name: person.name.clone(),
            note: person.department.clone(),
            format: Format::Tall,
        });
    }
    let title = catalogue.find(MediaType::parse(word)?, id)?;
    let (format, locale) = match suffix {
        "wide" => (Format::Wide, LOCALES[0]),
        locale => (Format::Tall, LOCALES.into_iter().find(|l| *l == locale)?),
    };
    Some(Picture {
        seed: id,
        name: title.title(locale).to_owned(),
        note: title.year().unwrap_or_default().to_owned(),
        format,
    })
}

/// Returns the width in pixels for a size such as `w342`, `h632` or `original`.
fn width(size: &str, format: Format) -> Option<u64> {
    if size == "original" {
        return Some(match format {
            Format::Tall => 1_000,
            Format::Wide => 1_920,
        });
    }
    let number = |text: &str| text.parse().ok().filter(|n| (1..=4_000).contains(n));
    match size.split_at_checked(1)? {
        ("w", width) => number(width),
        ("h", height) => number(height).map(|height: u64| match format {
            Format::Tall => height * 2 / 3,
            Format::Wide => height * 16 / 9,
        }),
        _ => None,
    }
}

/// Draws the picture; the same picture always gives the same bytes.
fn draw(picture: &Picture, width: u64) -> String {
    let (box_width, box_height, line_length) = match picture.format {
        Format::Tall => (400, 600, 14),
        Format::Wide => (960, 540, 30),
    };
    let height = width * box_height / box_width;
    let mut random = SeededRandom(picture.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let hue = random.below(360);
    let other = (hue + 40 + random.below(120)) % 360;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {box_width} {box_height}" role="img" aria-label="{label}"><defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="hsl({hue} 55% 18%)"/><stop offset=".65" stop-color="hsl({other} 60% 42%)"/><stop offset="1" stop-color="hsl({other} 65% 58%)"/></linearGradient></defs><rect width="{box_width}" height="{box_height}" fill="url(#s)"/>"##,
        label = escape(&picture.name),
    );
    // A moon over hills: enough to tell posters apart at the size of a thumb.
    let radius = 40 + random.below(60);
    let x = box_width / 4 + random.below(box_width / 2);
    let y = box_height / 6 + random.below(box_height / 6);
    write!(svg, r##"<circle cx="{x}" cy="{y}" r="{radius}" fill="hsl({hue} 80% 88%)" opacity=".9"/>"##).ok();
    for layer in 0..3_u64 {
        let base = box_height * (50 + layer * 14) / 100;
        let mut path = format!("M0 {base}");
        let steps = 3 + random.below(3);
        for step in 1..=steps {
            let peak = base - random.below(box_height / 7);
            let middle = box_width * (2 * step - 1) / (2 * steps);
            let end = box_width * step / steps;
            write!(path, " Q{middle} {peak} {end} {base}").ok();
        }
        write!(
            svg,
            r##"<path d="{path} V{box_height} H0 Z" fill="hsl({hue} 50% {light}%)" opacity=".85"/>"##,
            light = 26 - layer * 8,
        )
        .ok();
    }
    let lines = wrap(&picture.name, line_length);
    let size = if lines.len() > 3 { 36 } else { 44 };
    let step = size * 11 / 10;
    let first = box_height - 70 - step * (lines.len() as u64 - 1);
    for (number, line) in lines.iter().enumerate() {
        write!(
            svg,
            r##"<text x="{x}" y="{y}" text-anchor="middle" font-family="Georgia, 'Times New Roman', serif" font-weight="700" font-size="{size}" fill="#fff">{line}</text>"##,
            x = box_width / 2,
            y = first + step * number as u64,
            line = escape(line),
        )
        .ok();
    }
    write!(
        svg,
        r##"<text x="{x}" y="{y}" text-anchor="middle" font-family="Helvetica, Arial, sans-serif" letter-spacing="4" font-size="20" fill="#fff" opacity=".85">{note}</text></svg>"##,
        x = box_width / 2,
        y = box_height - 28,
        note = escape(&picture.note),
    )
    .ok();
    svg
}

/// Breaks a name into lines of about so many characters, never none.
fn wrap(name: &str, length: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in name.split_whitespace() {
        let line = match lines.last_mut() {
            Some(line) if line.is_empty() || line.chars().count() + word.chars().count() < length => line,
            _ => {
                lines.push(String::new());
                let last = lines.len() - 1;
                &mut lines[last]
            }
        };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Throws the same numbers for the same seed (xorshift).
struct SeededRandom(u64);

impl SeededRandom {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_give_widths() {
        assert_eq!(width("w342", Format::Tall), Some(342));
        assert_eq!(width("h632", Format::Tall), Some(421));
        assert_eq!(width("original", Format::Wide), Some(1_920));
        assert_eq!(width("w99999", Format::Tall), None);
        assert_eq!(width("é", Format::Tall), None);
        assert_eq!(width("", Format::Tall), None);
    }

    #[test]
    fn names_break_into_lines() {
        assert_eq!(wrap("The Passion of Joan of Arc", 14), ["The Passion of", "Joan of Arc"]);
        assert_eq!(wrap("", 14), [""]);
    }

    #[test]
    fn markup_in_names_is_escaped() {
        let picture = Picture { seed: 1, name: "<script>&\"".to_owned(), note: String::new(), format: Format::Tall };
        let svg = draw(&picture, 200);
        assert!(svg.contains("&lt;script&gt;&amp;&quot;"));
        assert!(svg.contains(r#"width="200" height="300""#));
    }
}
