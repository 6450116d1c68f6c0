//! Which rights the deployer's own calls need. A test holds this against the calls in `deployer/aws`.

/// Rights for one kind of the deployer's own calls.
pub(super) struct Own {
    /// The calls, as IAM names them.
    pub(super) actions: &'static [&'static str],
    /// What they are made on.
    pub(super) on: &'static [&'static str],
    /// Whether they are made in us-east-1, if that is not the deployment's region.
    pub(super) edge: bool,
}

const ANYTHING: &[&str] = &["*"];
const HOME_STACKS: &[&str] = &[
    "arn:{partition}:cloudformation:{region}:{account}:stack/{prefix}/*",
    "arn:{partition}:cloudformation:{region}:{account}:stack/{prefix}-bootstrap/*",
];
const EDGE_STACKS: &[&str] = &["arn:{partition}:cloudformation:{region}:{account}:stack/{prefix}-edge/*"];
const STACK_CALLS: &[&str] = &[
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeEvents",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:DetectStackDrift",
    // CloudFormation asks for it by itself when a stack is looked at.
    "cloudformation:DetectStackResourceDrift",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:GetTemplate",
    "cloudformation:ListChangeSets",
    "cloudformation:ListStackResources",
    "cloudformation:RollbackStack",
    "cloudformation:TagResource",
    "cloudformation:UpdateTerminationProtection",
];

/// Everything that a deploy and the commands after it call by themselves.
pub(super) const CALLS: &[Own] = &[
    Own { actions: STACK_CALLS, on: HOME_STACKS, edge: false },
    Own { actions: STACK_CALLS, on: EDGE_STACKS, edge: true },
    Own {
        actions: &[
            "cloudformation:BatchDescribeTypeConfigurations",
            "cloudformation:DescribeStackDriftDetectionStatus",
        ],
        on: ANYTHING,
        edge: false,
    },
    Own { actions: &["s3:ListBucket", "s3:ListBucketVersions", "s3:DeleteBucket"], on: BUCKETS, edge: false },
    Own {
        actions: &["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
        on: OBJECTS,
        edge: false,
    },
    Own {
        actions: &[
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
            "secretsmanager:DeleteSecret",
        ],
        on: &["arn:{partition}:secretsmanager:{region}:{account}:secret:{prefix}-app*"],
        edge: false,
    },
    Own {
        actions: &["lambda:InvokeFunction", "lambda:GetFunctionConfiguration", "lambda:UpdateFunctionCode"],
        on: &["arn:{partition}:lambda:{region}:{account}:function:{prefix}-*"],
        edge: false,
    },
    Own {
        actions: &["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation", "cloudfront:GetDistribution"],
        on: &["arn:{partition}:cloudfront::{account}:distribution/*"],
        edge: false,
    },
    // These know no narrower resource.
    Own {
        actions: &[
            "acm:ListCertificates",
            "cloudfront:ListDistributions",
            "route53:ListHostedZones",
            "s3:ListAllMyBuckets",
            "sts:GetCallerIdentity",
        ],
        on: ANYTHING,
        edge: false,
    },
    // A certificate for a domain whose DNS is elsewhere is requested outside CloudFormation.
    Own { actions: &["acm:RequestCertificate"], on: ANYTHING, edge: true },
    Own {
        actions: &["acm:AddTagsToCertificate", "acm:DescribeCertificate", "acm:ListTagsForCertificate"],
        on: &["arn:{partition}:acm:{region}:{account}:certificate/*"],
        edge: true,
    },
    // Requests listed and restored, the catalogue looked at; the tables of an older system before they are adopted.
    Own {
        actions: &[
            "dynamodb:BatchGetItem",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeTable",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:PutItem",
            "dynamodb:Query",
        ],
        on: &[
            "arn:{partition}:dynamodb:{region}:{account}:table/{prefix}-*",
            "arn:{partition}:dynamodb:{region}:{account}:table/{prefix}-*/index/*",
        ],
        edge: false,
    },
    // What `stellarr doctor`, `status` and `logs` look at.
    Own {
        actions: &["logs:FilterLogEvents"],
        on: &["arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{prefix}-*"],
        edge: false,
    },
    Own {
        actions: &[
            // It lists: IAM judges it on every alarm of the region.
            "cloudwatch:DescribeAlarms",
            "cloudwatch:GetMetricData",
            "iam:SimulatePrincipalPolicy",
            "lambda:GetAccountSettings",
            "logs:DescribeLogGroups",
        ],
        on: ANYTHING,
        edge: false,
    },
    Own { actions: &["iam:GetRole"], on: &["arn:{partition}:iam::{account}:role/*"], edge: false },
    Own {
        actions: &["route53:GetHostedZone", "route53:ListResourceRecordSets"],
        on: &["arn:{partition}:route53:::hostedzone/{zone}"],
        edge: false,
    },
    Own {
        actions: &[
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketTagging",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
        ],
        on: BUCKETS,
        edge: false,
    },
    // `stellarr cost --actual`.
    Own { actions: &["ce:GetCostAndUsage", "ce:ListCostAllocationTags"], on: ANYTHING, edge: true },
];

const BUCKETS: &[&str] = &[
    "arn:{partition}:s3:::{stack}*-artifactbucket-*",
    "arn:{partition}:s3:::{stack}*-sitebucket-*",
    "arn:{partition}:s3:::{stack}*-trendingbucket-*",
    // As an older system called those that are adopted.
    "arn:{partition}:s3:::{prefix}-frontend-*",
    "arn:{partition}:s3:::{prefix}-trending-*",
];
const OBJECTS: &[&str] = &[
    "arn:{partition}:s3:::{stack}*-artifactbucket-*/*",
    "arn:{partition}:s3:::{stack}*-sitebucket-*/*",
    "arn:{partition}:s3:::{stack}*-trendingbucket-*/*",
    "arn:{partition}:s3:::{prefix}-frontend-*/*",
    "arn:{partition}:s3:::{prefix}-trending-*/*",
];
