//! The order in which certificate and firewall come and go.
//!
//! The distribution holds both, so nothing that it still uses can be deleted: first the edge stack gets what is new
//! beside what is old, then the main stack moves over, then the edge stack drops what is old.

use serde_json::Value;

use crate::template;

/// The template to apply before the main stack: what is new, together with what the deployed one has besides.
///
/// None when the deployed template holds nothing that the new one lacks: then the new one itself goes first.
#[must_use]
pub fn widened(deployed: &str, new: &str) -> Option<String> {
    let deployed = template::parse(deployed).ok()?;
    let mut wide = template::parse(new).ok()?;
    let mut kept = false;
    for section in ["Resources", "Parameters", "Conditions"] {
        let Some(old) = deployed.get(section).and_then(Value::as_object) else { continue };
        for (id, value) in old {
            let target = wide.as_object_mut()?.entry(section).or_insert_with(|| Value::Object(serde_json::Map::new()));
            let target = target.as_object_mut()?;
            if !target.contains_key(id) {
                target.insert(id.clone(), value.clone());
                kept |= section == "Resources";
            }
        }
    }
    kept.then(|| serde_json::to_string_pretty(&wide).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITH_FIREWALL: &str = "Resources:\n  Firewall:\n    Type: AWS::WAFv2::WebACL\n";
    const WITH_CERTIFICATE: &str = "Resources:\n  Certificate1:\n    Type: AWS::CertificateManager::Certificate\n";

    #[test]
    fn the_first_step_holds_old_and_new() {
        let wide = widened(WITH_FIREWALL, WITH_CERTIFICATE).unwrap();
        assert!(wide.contains("\"Firewall\"") && wide.contains("\"Certificate1\""), "{wide}");
    }

    #[test]
    fn nothing_is_widened_when_nothing_goes() {
        assert_eq!(widened(WITH_FIREWALL, WITH_FIREWALL), None);
    }
}
