//! Regions of AWS, and those that a deployment cannot be in.

/// A region that lacks resource types which every deployment has.
pub(super) struct Unfit {
    /// The region's code.
    pub(super) region: &'static str,
    /// The types that it lacks.
    pub(super) lacks: &'static [&'static str],
    /// The nearest region that has every type and is enabled in every account.
    pub(super) nearest: &'static str,
}

/// The commercial regions, for suggestions: a region that is newer than this list is accepted by its form.
pub(super) const REGIONS: &[&str] = &[
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "ca-west-1",
    "mx-central-1",
    "sa-east-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "af-south-1",
    "me-south-1",
    "me-central-1",
    "il-central-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-1",
    "ap-south-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
];

/// Regions in which CloudFormation answers "Unrecognized resource types" to our templates.
///
/// `tests/gate.d/test_regions.py` derives this table from the rendered templates and CloudFormation's schemas of each
/// region, and fails when the two differ.
pub(super) const UNFIT: &[Unfit] = &[
    Unfit { region: "ap-east-2", lacks: &["AWS::Lambda::Url"], nearest: "ap-northeast-2" },
    Unfit { region: "ap-south-2", lacks: &["AWS::Lambda::Url"], nearest: "ap-south-1" },
    Unfit { region: "ap-southeast-4", lacks: &["AWS::Lambda::Url"], nearest: "ap-southeast-2" },
    Unfit { region: "ap-southeast-5", lacks: &["AWS::Lambda::Url"], nearest: "ap-southeast-1" },
    Unfit { region: "ap-southeast-6", lacks: &["AWS::Lambda::Url"], nearest: "ap-southeast-2" },
    Unfit { region: "ap-southeast-7", lacks: &["AWS::Lambda::Url"], nearest: "ap-southeast-1" },
    Unfit { region: "ca-west-1", lacks: &["AWS::Lambda::Url"], nearest: "us-west-2" },
    Unfit { region: "eu-central-2", lacks: &["AWS::Lambda::Url"], nearest: "eu-central-1" },
    Unfit { region: "il-central-1", lacks: &["AWS::Lambda::Url"], nearest: "eu-central-1" },
    Unfit { region: "me-central-1", lacks: &["AWS::Lambda::Url"], nearest: "ap-south-1" },
    Unfit { region: "mx-central-1", lacks: &["AWS::Lambda::Url"], nearest: "us-east-2" },
];

/// Regions worth a suggestion.
pub(super) fn fit() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().copied().filter(|region| unfit(region).is_none())
}

/// What a region lacks, if it lacks something.
pub(super) fn unfit(region: &str) -> Option<&'static Unfit> {
    UNFIT.iter().find(|one| one.region == region)
}
