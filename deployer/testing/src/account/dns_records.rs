//! Records of hosted zones: those of stacks, and those that existed before.

use super::Account;
use super::evaluate::{Resource, text_of};
use super::refusal::{Refusal, refuse};
use stellarr_aws::{AwsErrorKind, RecordAlias, RecordSet};

fn record_of(resource: &Resource) -> (String, RecordSet) {
    let text = |pointer: &str| resource.properties.pointer(pointer).map(text_of).unwrap_or_default();
    let set = RecordSet {
        name: text("/Name"),
        kind: text("/Type"),
        ttl: None,
        values: Vec::new(),
        alias: Some(RecordAlias {
            zone: text("/AliasTarget/HostedZoneId"),
            target: text("/AliasTarget/DNSName"),
            evaluates_health: false,
        }),
        routed: false,
    };
    (text("/HostedZoneId"), set)
}

impl Account {
    /// Enters a stack's record; one of the same content is taken over.
    pub(crate) fn enter_record(&mut self, resource: &Resource) -> Result<(), String> {
        let (zone, set) = record_of(resource);
        let there: Vec<&RecordSet> =
            self.records.iter().filter(|(at, one)| *at == zone && one.name == set.name).map(|(_, one)| one).collect();
        if there.contains(&&set) {
            return Ok(());
        }
        if there.iter().any(|one| one.kind == "CNAME") {
            return Err(format!(
                "[RRSet of type {} with DNS name {}. is not permitted because a conflicting RRSet of type CNAME with the \
                 same DNS name already exists in zone {zone}.]",
                set.kind, set.name
            ));
        }
        if there.iter().any(|one| one.kind == set.kind) {
            return Err(format!(
                "[Tried to create resource record set [name='{}.', type='{}'] but it already exists]",
                set.name, set.kind
            ));
        }
        self.records.push((zone, set));
        Ok(())
    }

    /// Removes a stack's record.
    pub(crate) fn drop_record(&mut self, resource: &Resource) {
        let (zone, set) = record_of(resource);
        self.records.retain(|(at, one)| *at != zone || *one != set);
    }

    /// Changes a zone as Route53 does: all of it or nothing.
    pub(crate) fn change_records(
        &mut self,
        zone: &str,
        delete: &[RecordSet],
        create: &[RecordSet],
    ) -> Result<(), Refusal> {
        let mut after = self.records.clone();
        for set in delete {
            let Some(place) = after.iter().position(|(at, one)| at == zone && one == set) else {
                let words = format!(
                    "[Tried to delete resource record set [name='{}.', type='{}'] but the values provided do not match \
                     the current values]",
                    set.name, set.kind
                );
                return refuse(AwsErrorKind::Validation, "InvalidChangeBatch", words);
            };
            after.remove(place);
        }
        for set in create {
            if after.iter().any(|(at, one)| at == zone && one.name == set.name && one.kind == set.kind) {
                let words = format!(
                    "[Tried to create resource record set [name='{}.', type='{}'] but it already exists]",
                    set.name, set.kind
                );
                return refuse(AwsErrorKind::Validation, "InvalidChangeBatch", words);
            }
            after.push((zone.to_owned(), set.clone()));
        }
        self.records = after;
        Ok(())
    }
}
