//! Which rights CloudFormation needs for a resource, by type and operation: it calls with the caller's own credentials.
//!
//! Source: the `handlers` of the types' public schemas
//! (<https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html>), without what belongs to
//! properties that the templates never set (tests/policy/not-needed.tsv). What tags need is in `tags.tsv`. Patterns:
//! `{partition}`, `{region}`, `{account}`, `{prefix}` of the deployment, `{stack}` as far as generated names keep it, `{id}`
//! the logical id, `{adopted}` what an older system called a bucket.

/// Rights for one type of resource.
pub(super) struct Row {
    /// The type.
    pub(super) kind: &'static str,
    /// What its resources are called.
    pub(super) on: &'static [&'static str],
    /// To make one.
    pub(super) create: &'static [&'static str],
    /// To look at one.
    pub(super) read: &'static [&'static str],
    /// To change one.
    pub(super) update: &'static [&'static str],
    /// To remove one.
    pub(super) delete: &'static [&'static str],
    /// Rights on something else.
    pub(super) also: &'static [Also],
}

/// Rights that a resource needs on something else than itself.
#[derive(Clone, Copy)]
pub(super) struct Also {
    pub(super) actions: &'static [&'static str],
    pub(super) on: &'static [&'static str],
    pub(super) only: Only,
}

/// When a right counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Only {
    /// Always.
    Always,
    /// For roles that carry the boundary, where there is one.
    Bounded,
    /// Where no boundary is configured: a configured one is never removed.
    Unbounded,
    /// To hand a role to Lambda.
    ToLambda,
    /// For WAF's own role.
    ForWaf,
    /// For the domain's own records.
    OwnRecords,
}

impl Row {
    /// All of its rights.
    pub(super) fn actions(&self) -> impl Iterator<Item = &'static str> {
        [self.create, self.read, self.update, self.delete].into_iter().flatten().copied()
    }
}

const NOTHING: &[&str] = &[];
const ANYTHING: &[&str] = &["*"];

/// The row of a type that needs nothing on anything else.
const fn row(kind: &'static str, on: &'static [&'static str]) -> Row {
    Row { kind, on, create: NOTHING, read: NOTHING, update: NOTHING, delete: NOTHING, also: &[] }
}

const BUCKET: &[&str] = &["arn:{partition}:s3:::{stack}*-{id}-*", "arn:{partition}:s3:::{prefix}-{adopted}-*"];
const TABLE: &[&str] = &["arn:{partition}:dynamodb:{region}:{account}:table/{prefix}-*"];
// Without the six letters that a secret gets when it is made: IAM judges one that is not there by its name alone.
const SECRET: &[&str] = &["arn:{partition}:secretsmanager:{region}:{account}:secret:{prefix}-app*"];
const FUNCTION: &[&str] = &["arn:{partition}:lambda:{region}:{account}:function:{prefix}-*"];
const ROLE: &[&str] = &["arn:{partition}:iam::{account}:role/{stack}*-{id}-*"];
const LOG: &[&str] = &[
    "arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{prefix}-*",
    "arn:{partition}:logs:{region}:{account}:log-group:aws-waf-logs-{prefix}*",
];
const RULE: &[&str] = &["arn:{partition}:events:{region}:{account}:rule/{prefix}-*"];
const QUEUE: &[&str] = &["arn:{partition}:sqs:{region}:{account}:{stack}*-DeadLetterQueue-*"];
const TOPIC: &[&str] = &["arn:{partition}:sns:{region}:{account}:{prefix}-alarms"];
const ALARM: &[&str] = &["arn:{partition}:cloudwatch:{region}:{account}:alarm:{prefix}-*"];
const DASHBOARD: &[&str] = &["arn:{partition}:cloudwatch::{account}:dashboard/{prefix}"];
const DISTRIBUTION: &[&str] = &["arn:{partition}:cloudfront::{account}:distribution/*"];
const CERTIFICATE: &[&str] = &["arn:{partition}:acm:{region}:{account}:certificate/*"];
const ZONE: &[&str] = &["arn:{partition}:route53:::hostedzone/{zone}"];
const WEB_ACL: &[&str] = &["arn:{partition}:wafv2:{region}:{account}:global/webacl/*/*"];

/// Records of the domain, and looking after them.
const RECORDS: &[Also] = &[
    Also { actions: &["route53:ChangeResourceRecordSets"], on: ZONE, only: Only::OwnRecords },
    Also { actions: &["route53:GetHostedZone", "route53:ListResourceRecordSets"], on: ZONE, only: Only::Always },
    Also { actions: &["route53:GetChange"], on: &["arn:{partition}:route53:::change/*"], only: Only::Always },
];

/// A row for every type that the templates hold.
pub(super) const ROWS: &[Row] = &[
    Row {
        create: &[
            "s3:CreateBucket",
            "s3:PutEncryptionConfiguration",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketVersioning",
            "s3:PutLifecycleConfiguration",
        ],
        read: &[
            // All that the handler reads, set or not: without one of these, drift and imports fail.
            "s3:GetAccelerateConfiguration",
            "s3:GetAnalyticsConfiguration",
            "s3:GetBucketAbac",
            "s3:GetBucketAcl",
            "s3:GetBucketCORS",
            "s3:GetBucketLogging",
            "s3:GetBucketMetadataTableConfiguration",
            "s3:GetBucketNotification",
            "s3:GetBucketObjectLockConfiguration",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketVersioning",
            "s3:GetBucketWebsite",
            "s3:GetEncryptionConfiguration",
            "s3:GetIntelligentTieringConfiguration",
            "s3:GetInventoryConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:GetMetricsConfiguration",
            "s3:GetReplicationConfiguration",
            "s3:ListBucket",
        ],
        delete: &["s3:DeleteBucket"],
        ..row("AWS::S3::Bucket", BUCKET)
    },
    Row {
        create: &["s3:PutBucketPolicy"],
        read: &["s3:GetBucketPolicy"],
        delete: &["s3:DeleteBucketPolicy"],
        ..row("AWS::S3::BucketPolicy", BUCKET)
    },
    Row {
        create: &["dynamodb:CreateTable", "dynamodb:UpdateTimeToLive", "dynamodb:UpdateContinuousBackups"],
        read: &[
            "dynamodb:DescribeTable",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeContributorInsights",
            "dynamodb:DescribeKinesisStreamingDestination",
            "dynamodb:GetResourcePolicy",
        ],
        update: &["dynamodb:UpdateTable"],
        delete: &["dynamodb:DeleteTable"],
        ..row("AWS::DynamoDB::Table", TABLE)
    },
    Row {
        create: &["secretsmanager:CreateSecret"],
        read: &["secretsmanager:DescribeSecret"],
        update: &["secretsmanager:UpdateSecret"],
        delete: &["secretsmanager:DeleteSecret"],
        ..row("AWS::SecretsManager::Secret", SECRET)
    },
    Row {
        create: &["lambda:CreateFunction"],
        read: &[
            "lambda:GetFunction",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:GetFunctionRecursionConfig",
            "lambda:GetFunctionScalingConfig",
            "lambda:GetRuntimeManagementConfig",
        ],
        update: &["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"],
        delete: &["lambda:DeleteFunction"],
        ..row("AWS::Lambda::Function", FUNCTION)
    },
    Row {
        create: &["lambda:PublishVersion", "lambda:ListVersionsByFunction"],
        read: &[
            "lambda:GetFunctionConfiguration",
            "lambda:GetFunctionScalingConfig",
            "lambda:GetRuntimeManagementConfig",
        ],
        delete: &["lambda:DeleteFunction"],
        ..row("AWS::Lambda::Version", FUNCTION)
    },
    Row {
        create: &["lambda:CreateAlias", "lambda:PutProvisionedConcurrencyConfig"],
        read: &["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig"],
        update: &["lambda:UpdateAlias", "lambda:DeleteProvisionedConcurrencyConfig"],
        delete: &["lambda:DeleteAlias"],
        ..row("AWS::Lambda::Alias", FUNCTION)
    },
    Row {
        create: &["lambda:CreateFunctionUrlConfig"],
        read: &["lambda:GetFunctionUrlConfig"],
        update: &["lambda:UpdateFunctionUrlConfig"],
        delete: &["lambda:DeleteFunctionUrlConfig"],
        ..row("AWS::Lambda::Url", FUNCTION)
    },
    Row {
        create: &["lambda:AddPermission"],
        read: &["lambda:GetPolicy"],
        delete: &["lambda:RemovePermission"],
        ..row("AWS::Lambda::Permission", FUNCTION)
    },
    Row {
        create: &["lambda:PutFunctionEventInvokeConfig"],
        read: &["lambda:GetFunctionEventInvokeConfig"],
        update: &["lambda:UpdateFunctionEventInvokeConfig"],
        delete: &["lambda:DeleteFunctionEventInvokeConfig"],
        ..row("AWS::Lambda::EventInvokeConfig", FUNCTION)
    },
    Row {
        read: &["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"],
        update: &["iam:UpdateRole", "iam:UpdateRoleDescription", "iam:UpdateAssumeRolePolicy"],
        delete: &["iam:DeleteRole"],
        also: &[
            Also {
                actions: &[
                    "iam:CreateRole",
                    "iam:PutRolePolicy",
                    "iam:DeleteRolePolicy",
                    "iam:PutRolePermissionsBoundary",
                ],
                on: ROLE,
                only: Only::Bounded,
            },
            Also { actions: &["iam:DeleteRolePermissionsBoundary"], on: ROLE, only: Only::Unbounded },
            Also { actions: &["iam:PassRole"], on: ROLE, only: Only::ToLambda },
        ],
        ..row("AWS::IAM::Role", ROLE)
    },
    Row {
        create: &["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
        read: &["logs:GetDataProtectionPolicy"],
        update: &["logs:DeleteRetentionPolicy"],
        delete: &["logs:DeleteLogGroup"],
        also: &[Also {
            actions: &["logs:DescribeIndexPolicies", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies"],
            on: ANYTHING,
            only: Only::Always,
        }],
        ..row("AWS::Logs::LogGroup", LOG)
    },
    Row {
        create: &["events:PutRule", "events:PutTargets"],
        read: &["events:DescribeRule", "events:ListTargetsByRule"],
        update: &["events:RemoveTargets"],
        delete: &["events:DeleteRule"],
        ..row("AWS::Events::Rule", RULE)
    },
    Row {
        create: &["sqs:CreateQueue"],
        read: &["sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
        update: &["sqs:SetQueueAttributes"],
        delete: &["sqs:DeleteQueue"],
        ..row("AWS::SQS::Queue", QUEUE)
    },
    Row {
        create: &["sqs:SetQueueAttributes"],
        read: &["sqs:GetQueueAttributes"],
        ..row("AWS::SQS::QueuePolicy", QUEUE)
    },
    Row {
        create: &["sns:CreateTopic"],
        read: &["sns:GetTopicAttributes", "sns:GetDataProtectionPolicy", "sns:ListSubscriptionsByTopic"],
        update: &["sns:SetTopicAttributes"],
        delete: &["sns:DeleteTopic"],
        ..row("AWS::SNS::Topic", TOPIC)
    },
    Row {
        create: &["sns:Subscribe"],
        // Subscriptions have no name to narrow these by.
        also: &[Also {
            actions: &["sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"],
            on: ANYTHING,
            only: Only::Always,
        }],
        ..row("AWS::SNS::Subscription", TOPIC)
    },
    Row {
        create: &["cloudwatch:PutMetricAlarm"],
        delete: &["cloudwatch:DeleteAlarms"],
        also: &[Also { actions: &["cloudwatch:DescribeAlarms"], on: ANYTHING, only: Only::Always }],
        ..row("AWS::CloudWatch::Alarm", ALARM)
    },
    Row {
        create: &["cloudwatch:PutDashboard"],
        read: &["cloudwatch:GetDashboard"],
        delete: &["cloudwatch:DeleteDashboards"],
        ..row("AWS::CloudWatch::Dashboard", DASHBOARD)
    },
    Row {
        create: &["cloudfront:CreateDistribution"],
        read: &["cloudfront:GetDistribution", "cloudfront:GetDistributionConfig"],
        update: &["cloudfront:UpdateDistribution"],
        delete: &["cloudfront:DeleteDistribution"],
        ..row("AWS::CloudFront::Distribution", DISTRIBUTION)
    },
    Row {
        create: &["cloudfront:PublishFunction"],
        read: &["cloudfront:DescribeFunction", "cloudfront:GetFunction"],
        update: &["cloudfront:UpdateFunction"],
        delete: &["cloudfront:DeleteFunction"],
        // CloudFront judges what makes something on all of its type.
        also: &[Also {
            actions: &["cloudfront:CreateFunction"],
            on: &["arn:{partition}:cloudfront::{account}:function/*"],
            only: Only::Always,
        }],
        ..row("AWS::CloudFront::Function", &["arn:{partition}:cloudfront::{account}:function/{prefix}-*"])
    },
    Row {
        read: &["cloudfront:GetOriginAccessControl"],
        update: &["cloudfront:UpdateOriginAccessControl"],
        delete: &["cloudfront:DeleteOriginAccessControl"],
        also: &[Also { actions: &["cloudfront:CreateOriginAccessControl"], on: ANYTHING, only: Only::Always }],
        ..row(
            "AWS::CloudFront::OriginAccessControl",
            &["arn:{partition}:cloudfront::{account}:origin-access-control/*"],
        )
    },
    Row {
        create: &["cloudfront:CreateCachePolicy"],
        read: &["cloudfront:GetCachePolicy"],
        update: &["cloudfront:UpdateCachePolicy"],
        delete: &["cloudfront:DeleteCachePolicy"],
        ..row("AWS::CloudFront::CachePolicy", &["arn:{partition}:cloudfront::{account}:cache-policy/*"])
    },
    Row {
        create: &["cloudfront:CreateResponseHeadersPolicy"],
        read: &["cloudfront:GetResponseHeadersPolicy"],
        update: &["cloudfront:UpdateResponseHeadersPolicy"],
        delete: &["cloudfront:DeleteResponseHeadersPolicy"],
        ..row(
            "AWS::CloudFront::ResponseHeadersPolicy",
            &["arn:{partition}:cloudfront::{account}:response-headers-policy/*"],
        )
    },
    Row {
        read: &["acm:DescribeCertificate", "acm:ListTagsForCertificate"],
        update: &["acm:UpdateCertificateOptions"],
        delete: &["acm:DeleteCertificate"],
        also: &[
            Also { actions: &["acm:RequestCertificate"], on: ANYTHING, only: Only::Always },
            RECORDS[0],
            RECORDS[1],
            RECORDS[2],
        ],
        ..row("AWS::CertificateManager::Certificate", CERTIFICATE)
    },
    Row { also: RECORDS, ..row("AWS::Route53::RecordSet", ZONE) },
    Row {
        create: &["wafv2:CreateWebACL"],
        read: &["wafv2:GetWebACL"],
        update: &["wafv2:UpdateWebACL"],
        delete: &["wafv2:DeleteWebACL"],
        also: &[Also {
            actions: &["wafv2:CreateWebACL", "wafv2:UpdateWebACL"],
            on: &["arn:{partition}:wafv2:{region}:{account}:global/managedruleset/*/*"],
            only: Only::Always,
        }],
        ..row("AWS::WAFv2::WebACL", WEB_ACL)
    },
    Row {
        create: &["wafv2:PutLoggingConfiguration"],
        read: &["wafv2:GetLoggingConfiguration"],
        delete: &["wafv2:DeleteLoggingConfiguration"],
        also: &[
            Also {
                actions: &[
                    "logs:CreateLogDelivery",
                    "logs:DeleteLogDelivery",
                    "logs:DescribeResourcePolicies",
                    "logs:PutResourcePolicy",
                ],
                on: ANYTHING,
                only: Only::Always,
            },
            Also {
                actions: &["iam:CreateServiceLinkedRole"],
                on: &["arn:{partition}:iam::{account}:role/aws-service-role/wafv2.amazonaws.com/*"],
                only: Only::ForWaf,
            },
        ],
        ..row("AWS::WAFv2::LoggingConfiguration", WEB_ACL)
    },
    Row {
        create: &["budgets:ModifyBudget"],
        read: &["budgets:ViewBudget"],
        also: &[Also {
            // The view that a budget counts from where it names none.
            actions: &["billing:GetBillingViewData"],
            on: &["arn:{partition}:billing::{account}:billingview/primary"],
            only: Only::Always,
        }],
        ..row("AWS::Budgets::Budget", &["arn:{partition}:budgets::{account}:budget/{prefix}-*"])
    },
];

/// The row of a type.
pub(super) fn row_of(kind: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.kind == kind)
}
