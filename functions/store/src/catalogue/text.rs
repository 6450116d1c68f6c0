//! Long texts, stored short.
//!
//! DynamoDB bills writes by the kilobyte and storage by the byte, and half of a row is its overview. Brotli's built-in
//! dictionary knows the common words of several languages, so that it shortens even a few hundred bytes: overviews of
//! prose by almost half (1,215 bytes of four overviews become 656; the test below prints it).

use std::io::Read;

use brotlic::{CompressionMode, DecompressorReader, Quality, WindowSize};

/// Texts below this many bytes are stored as they are: little can be saved on them.
const MIN_PACKED_BYTES: usize = 200;

/// No overview is longer; what unpacks to more is damaged.
const MAX_TEXT_BYTES: u64 = 64 * 1024;

/// A text as it is stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// As it is.
    Plain(String),
    /// Brotli.
    Packed(Vec<u8>),
}

/// Packs a text if that makes it shorter.
pub(super) fn pack(text: &str) -> Stored {
    if text.len() >= MIN_PACKED_BYTES {
        // There is no room for a text that would not become shorter.
        let mut packed = vec![0; text.len() - 1];
        let window = WindowSize::new(16).unwrap_or_default();
        let size = brotlic::compress(text.as_bytes(), &mut packed, Quality::best(), window, CompressionMode::Text);
        if let Ok(size) = size {
            packed.truncate(size);
            return Stored::Packed(packed);
        }
    }
    Stored::Plain(text.to_owned())
}

/// Unpacks a text; `None` when it is damaged.
pub(super) fn unpack(packed: &[u8]) -> Option<String> {
    let mut text = String::new();
    let read = DecompressorReader::new(packed).take(MAX_TEXT_BYTES).read_to_string(&mut text);
    read.ok().map(|_| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plots of films in the public domain, retold.
    const OVERVIEWS: [&str; 4] = [
        "A young estate agent travels to the remote castle of Count Orlok, who wants to buy a house in his home town. The count turns out to be a vampire, and his ship brings the plague to the city, where only the love of a woman who gives herself freely can end his reign before the first cock crows.",
        "In a city of the future, the sons of the rich live in towers and gardens while workers toil below the ground to keep the great machines going. When the son of the city's master falls in love with a prophet of the workers, an inventor gives her face to a robot that is to sow discord between them and bring down the city.",
        "A railway engineer in the south is turned down by the army because he is more useful at his post, and loses the respect of the woman he loves. When enemy spies steal his beloved locomotive with her aboard, he pursues them alone through the lines and brings both of them home in the middle of a great battle.",
        "Nach dem Tod seines Vaters kehrt ein junger Mann in das Dorf seiner Kindheit zurück und entdeckt, dass die Geschichten, die man sich dort über den alten Müller erzählt, einen wahren Kern haben. Gemeinsam mit der Tochter des Lehrers versucht er, das Geheimnis der verlassenen Mühle zu lösen.",
    ];

    #[test]
    fn a_text_survives_packing_and_shrinks() {
        let (mut before, mut after) = (0, 0);
        for overview in OVERVIEWS {
            let Stored::Packed(packed) = pack(overview) else { panic!("a long text is packed") };
            assert_eq!(unpack(&packed).as_deref(), Some(overview));
            before += overview.len();
            after += packed.len();
        }
        println!("{before} bytes of overviews become {after}");
        assert!(after * 100 < before * 60, "{before} -> {after}");
    }

    #[test]
    fn short_and_damaged_texts_are_left_alone() {
        assert_eq!(pack("short"), Stored::Plain("short".to_owned()));
        assert_eq!(unpack(b"\xff\xff\xff\xff"), None);
    }
}
