//! The order in which certificate and firewall come and go, and the note that there is an edge stack.
//!
//! The distribution holds both, so nothing that it still uses can be deleted: first the edge stack gets what is new
//! beside what is old, then the main stack moves over, then the edge stack drops what is old.

use std::collections::BTreeMap;

use serde_json::Value;

use stellarr_aws::template;

/// The template to apply before the main stack: what is new, together with what the deployed one has besides.
///
/// None when the deployed template holds nothing that the new one lacks: then the new one itself goes first. What is kept
/// has the deployed values of its parameters written out: with another domain's zone, CloudFormation would request the old
/// certificate anew, and never see it validated.
#[must_use]
pub fn widened(deployed: &str, new: &str, parameters: &BTreeMap<String, String>) -> Option<String> {
    let deployed = template::parse(deployed).ok()?;
    let mut wide = template::parse(new).ok()?;
    let mut kept = false;
    for section in ["Resources", "Parameters", "Conditions"] {
        let Some(old) = deployed.get(section).and_then(Value::as_object) else { continue };
        for (id, value) in old {
            let target = wide.as_object_mut()?.entry(section).or_insert_with(|| Value::Object(serde_json::Map::new()));
            let target = target.as_object_mut()?;
            if !target.contains_key(id) {
                target.insert(id.clone(), written_out(value, parameters));
                kept |= section == "Resources";
            }
        }
    }
    kept.then(|| template::to_json(&wide))
}

/// Puts values in the place of references to parameters.
fn written_out(value: &Value, parameters: &BTreeMap<String, String>) -> Value {
    match value {
        Value::Object(object) => {
            let named = object.get("Ref").filter(|_| object.len() == 1).and_then(Value::as_str);
            match named.and_then(|name| parameters.get(name)) {
                Some(known) => Value::String(known.clone()),
                None => Value::Object(
                    object.iter().map(|(key, value)| (key.clone(), written_out(value, parameters))).collect(),
                ),
            }
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| written_out(item, parameters)).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITH_FIREWALL: &str = "Resources:\n  Firewall:\n    Type: AWS::WAFv2::WebACL\n";
    const WITH_CERTIFICATE: &str = "Resources:\n  Certificate1:\n    Type: AWS::CertificateManager::Certificate\n";

    #[test]
    fn the_first_step_holds_old_and_new() {
        let wide = widened(WITH_FIREWALL, WITH_CERTIFICATE, &BTreeMap::new()).unwrap();
        assert!(wide.contains("\"Firewall\"") && wide.contains("\"Certificate1\""), "{wide}");
    }

    #[test]
    fn an_old_certificate_keeps_its_own_zone() {
        let old = "Parameters:\n  HostedZoneId: {Type: String}\nResources:\n  Certificate0:\n    Type: AWS::CertificateManager::Certificate\n    \
                   Properties:\n      DomainValidationOptions: [{HostedZoneId: !Ref HostedZoneId}]\n";
        let zone = BTreeMap::from([("HostedZoneId".to_owned(), "ZOLD".to_owned())]);
        let wide = template::parse(&widened(old, WITH_CERTIFICATE, &zone).unwrap()).unwrap();
        let kept = &wide["Resources"]["Certificate0"]["Properties"]["DomainValidationOptions"][0]["HostedZoneId"];
        assert_eq!(kept, "ZOLD");
    }

    #[test]
    fn nothing_is_widened_when_nothing_goes() {
        assert_eq!(widened(WITH_FIREWALL, WITH_FIREWALL, &BTreeMap::new()), None);
    }
}
