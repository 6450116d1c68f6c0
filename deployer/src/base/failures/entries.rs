//! The entries. A code never changes its meaning, and none is used again after it is gone.

use super::FailureEntry;
use crate::base::exit::ExitKind;
use stellarr_aws::{AwsErrorKind, US_EAST_1_REMEDY};

macro_rules! failures {
    ($($variant:ident $code:literal $kind:ident: $meaning:expr => $remedy:expr;)*) => {
        /// A failure's stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $code, "`")] $variant,)*
        }

        impl Code {
            /// Every code, in the catalogue's order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as it is printed.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What the catalogue says.
            #[must_use]
            pub fn entry(self) -> FailureEntry {
                match self {
                    $(Self::$variant => FailureEntry { kind: ExitKind::$kind, meaning: $meaning, remedy: $remedy },)*
                }
            }
        }
    };
}

failures! {
    // The command line and stellarr.yaml.
    Usage "usage" Usage:
        "the command line asks for something that cannot be, and nothing was called"
        => "read the error's own words and hint; `stellarr help COMMAND` shows what a command takes";
    ConfigMissing "config-missing" Usage:
        "there is no configuration file where it was looked for"
        => "run `stellarr init`, or write a file with the line `name: stellarr`, or choose another file with `--config`";
    ConfigUnreadable "config-unreadable" Usage:
        "the configuration file is there, and the operating system does not let it be read"
        => "check that it is a file, and that you may read it";
    ConfigInvalid "config-invalid" Usage:
        "the configuration file has mistakes; every one is shown with its line, its column and what to write"
        => "correct the marked places; docs/configuration.md lists all keys, and editors check the file by stellarr.schema.json";
    NoTerminal "no-terminal" Usage:
        "a question has to be answered, and there is nobody at a terminal to answer it"
        => "run the command in a terminal, or add the option that the hint names, such as `--yes`";
    Declined "declined" Failed:
        "you answered no, and nothing was changed"
        => "run `stellarr diff` to see what a deploy would change";
    Interrupted "interrupted" Interrupted:
        "the command was ended by Ctrl-C or by the system; what AWS had begun goes on there"
        => "run the same command again: it picks up from where it was";
    Differences "differences" Differences:
        "`diff --exit-code` found that a deploy would change something; it is no failure"
        => "nothing, or `stellarr deploy`";

    // Who calls.
    Access "access" Access:
        "AWS does not accept who is calling, or what was called"
        => "check which account and profile is used: `stellarr doctor` shows it";
    AwsNoCredentials "aws-no-credentials" Access:
        "no AWS credentials were found on this computer: no profile, no signed-in session, no environment variables"
        => AwsErrorKind::NoCredentials.remedy();
    AwsCredentialsExpired "aws-credentials-expired" Access:
        "the credentials were good once and have run out, as those of a browser sign-in do after some hours"
        => AwsErrorKind::ExpiredCredentials.remedy();
    AwsCredentialsInvalid "aws-credentials-invalid" Access:
        "AWS does not know the access key, or its secret half does not fit"
        => AwsErrorKind::InvalidCredentials.remedy();
    AwsAccessDenied "aws-access-denied" Access:
        "AWS knows who calls and does not allow this action; the error names action and resource"
        => "ask the account's administrator to allow it: `stellarr policy` writes everything that is needed, and \
            `stellarr doctor` lists the missing rights; or use a profile with administrator rights";
    AwsDeniedByBoundary "aws-denied-by-boundary" Access:
        "a permissions boundary of your user or role does not allow this action, whatever its other policies say"
        => "ask the account's administrator to allow the action in the boundary too: `stellarr policy` lists all that \
            a deploy needs";
    AwsDeniedByOrganization "aws-denied-by-organization" Access:
        "the account belongs to an organization whose control policies forbid this action, to administrators too"
        => "ask the organization's administrator, or use an account outside it; many allow only certain regions: \
            another `region` in stellarr.yaml may do";
    AwsAccountNotActive "aws-account-not-active" Access:
        "the AWS account can sign in, and its services are not open to it yet: the sign-up is not finished, AWS is still \
            activating the account, or a payment failed"
        => AwsErrorKind::AccountNotActive.remedy();
    AwsEdgeRegionDenied "aws-edge-region-denied" Access:
        "the account's organization forbids a call to us-east-1, and AWS has no other place for what it is about"
        => US_EAST_1_REMEDY;
    AwsClockSkew "aws-clock-skew" Access:
        "this computer's clock is minutes off, and AWS refuses requests of another time"
        => AwsErrorKind::ClockSkew.remedy();
    AwsRegion "aws-region" Access:
        "the region does not exist, or is one that has to be enabled for the account first"
        => AwsErrorKind::Region.remedy();

    // What AWS answers.
    AwsNotFound "aws-not-found" Failed:
        "what was asked for is not in this account and region"
        => AwsErrorKind::NotFound.remedy();
    AwsAlreadyExists "aws-already-exists" Failed:
        "something of this name is there already, outside the deployment"
        => AwsErrorKind::AlreadyExists.remedy();
    AwsRefused "aws-refused" Failed:
        "AWS refused a value that was sent"
        => AwsErrorKind::Validation.remedy();
    AwsConflict "aws-conflict" Failed:
        "something else is changing the same thing, or it is in a state that does not allow this"
        => AwsErrorKind::Conflict.remedy();
    AwsQuota "aws-quota" Failed:
        "a limit of the account is used up"
        => AwsErrorKind::LimitExceeded.remedy();
    AwsThrottled "aws-throttled" Failed:
        "AWS asked to slow down, for longer than the command tries again"
        => AwsErrorKind::Throttled.remedy();
    AwsTrouble "aws-trouble" Failed:
        "AWS failed on its own side, and went on failing"
        => AwsErrorKind::ServerFault.remedy();
    AwsBadAnswer "aws-bad-answer" Failed:
        "the answer was damaged, or did not come from AWS"
        => AwsErrorKind::BadAnswer.remedy();
    AwsOther "aws-other" Failed:
        "AWS answered something that stellarr does not know"
        => AwsErrorKind::Other.remedy();
    Network "network" Failed:
        "AWS cannot be reached from here, or stopped answering"
        => AwsErrorKind::Network.remedy();
    CostExplorerClosed "cost-explorer-closed" Failed:
        "Cost Explorer does not answer for this account or user"
        => "open it once in the AWS console (Billing and Cost Management, Cost Explorer) and allow \
            `ce:GetCostAndUsage`; `stellarr cost` estimates without it";

    // Stacks.
    StackFailed "stack-failed" Stack:
        "CloudFormation could not change a stack and went back to what was before; the first real cause is on top"
        => "mend the cause that is named and deploy again; nothing is left half done";
    StackStuck "stack-stuck" StackStuck:
        "CloudFormation could not even go back, and the stack waits for a decision"
        => "mend the cause, then run `stellarr deploy --continue-rollback`";
    StackRefused "stack-refused" Stack:
        "CloudFormation refused the change before anything happened"
        => "read its words; when stellarr wrote what is refused, report it with the message";
    StackValidation "stack-validation" Stack:
        "CloudFormation checked the change before it began, and something in it did not pass"
        => "mend what is named; when stellarr wrote it, report it with the message";
    ImportStuck "import-stuck" StackStuck:
        "CloudFormation could not undo an import, and takes no further change of that stack"
        => "mend the cause; then, where `removal_policy` was `retain` when it was deployed, delete the stack in the AWS \
            console (tables, buckets and secret stay) and run the same command again, which takes them over anew; else ask \
            AWS Support first";
    StackTimedOut "stack-timed-out" Stack:
        "CloudFormation is still at work after 75 minutes, and goes on without us"
        => "run the command again to watch further; the AWS console shows the stack's events";
    StackUnseen "stack-unseen" Stack:
        "CloudFormation accepted a request, and for three minutes its answers did not show what came of it; nothing was \
         published meanwhile"
        => "wait a few minutes, then run the same command again: it continues from the stack's state by then; \
            `stellarr status` shows the stack";
    StackForeign "stack-foreign" Stack:
        "the stack has change sets with other content under the names that stellarr asked for; none of them was executed"
        => "CloudTrail shows which user or role calls CreateChangeSet on the stack: take that right away, then run the \
            same command again";
    StackTaken "stack-taken" Stack:
        "a stack of the deployment was deleted, and before it could be made anew something else made one of the same name; \
         that one was left alone"
        => "look at it in the AWS console under CloudFormation; if nothing needs it, delete it there, then run `stellarr \
            deploy` again";
    StackAccessDenied "stack-access-denied" Stack:
        "CloudFormation may not do something on your behalf; the reason names the action"
        => "your AWS user may not do this: ask the account's administrator for the action named above, or for all that \
            `stellarr policy` writes";
    StackDeniedByBoundary "stack-denied-by-boundary" Stack:
        "a permissions boundary keeps CloudFormation from doing something on your behalf"
        => "ask the account's administrator to allow it in the boundary; where roles may only be made with a boundary \
            of their own, set `permissions_boundary` in stellarr.yaml to its name";
    StackDeniedByOrganization "stack-denied-by-organization" Stack:
        "the account belongs to an organization whose control policies forbid what the stack needs"
        => "ask the organization's administrator, or use an account outside it; many allow only certain regions: \
            another `region` in stellarr.yaml may do";
    StackEdgeRegionDenied "stack-edge-region-denied" Stack:
        "the account's organization forbids something in us-east-1, and AWS has no other place for it"
        => US_EAST_1_REMEDY;
    StackNameTaken "stack-name-taken" Stack:
        "something of that name exists outside this deployment; the reason names it"
        => "delete or rename what has the name in the AWS console, if nothing needs it, and deploy again; never a secret or \
            a table, which hold what cannot be made again: a deploy takes those over";
    StackRecordExists "stack-record-exists" Stack:
        "a DNS record of the domain exists outside this deployment; the reason names it"
        => "run `stellarr deploy` again: it shows the domain's records and asks before it replaces them (`--replace-dns` \
            agrees without being asked); or delete the record in Route53, if nothing needs it";
    StackDomainTaken "stack-domain-taken" Stack:
        "the domain belongs to another CloudFront distribution, in this account or another"
        => "remove the domain from that distribution first, then deploy again; `stellarr migrate` describes the move \
            from Terraform";
    StackQuota "stack-quota" Stack:
        "a quota of the AWS account is used up"
        => "look under Service Quotas in the AWS console, which takes requests for more, or delete what is not needed";
    StackConcurrency "stack-concurrency" Stack:
        "the account may not keep so many functions started: new accounts run 10 at once"
        => "set `provisioned_concurrency: 0` in stellarr.yaml, or ask for more under Service Quotas, AWS Lambda";
    StackAccountUnverified "stack-account-unverified" Stack:
        "AWS has not verified the account for CloudFront yet, which is so for some new accounts"
        => "open a support case (AWS console, Support, Account and billing: it is free) that asks to verify the account \
            for CloudFront, then deploy again";
    StackAccountNotActive "stack-account-not-active" Stack:
        "a service that the stack needs is not open to the AWS account yet: the sign-up is not finished, AWS is still \
            activating the account, or a payment failed"
        => AwsErrorKind::AccountNotActive.remedy();
    StackCertificate "stack-certificate" Stack:
        "the certificate could not be validated, because the domain's DNS does not show the record for it"
        => "check that the domain's DNS is served by the hosted zone: its name servers must be the ones at your registrar";
    StackCertificateCaa "stack-certificate-caa" Stack:
        "the domain's CAA records do not let Amazon issue the certificate"
        => "add the record `CAA 0 issue \"amazon.com\"` to the domain, or remove its CAA records, and deploy again";
    StackZone "stack-zone" Stack:
        "the hosted zone is not there or not the domain's"
        => "check `dns.hosted_zone_id`, or remove it so that the zone is found by the domain's name";
    StackTableIndex "stack-table-index" Stack:
        "DynamoDB adds one index to a table at a time"
        => "wait until the table is active again, then deploy again";
    StackBucketNotEmpty "stack-bucket-not-empty" Stack:
        "a bucket that should go still holds objects, old versions among them"
        => "run `stellarr destroy` again, which empties buckets with all versions, or empty it in the AWS console";
    StackInUse "stack-in-use" Stack:
        "something that should go is still used by something else"
        => "wait some minutes and run the command again: CloudFront lets go late";
    StackSecretDeleted "stack-secret-deleted" Stack:
        "the secret's name waits for its old secret to be deleted for good"
        => "restore it (`aws secretsmanager restore-secret --secret-id NAME`) and deploy again, or wait out its days";
    StackThrottled "stack-throttled" Stack:
        "AWS asked CloudFormation to slow down for too long"
        => "wait some minutes and deploy again";
    StackCredentialsExpired "stack-credentials-expired" Stack:
        "the credentials ran out while CloudFormation used them"
        => "sign in again and run the same command: it picks up where it stopped";
    StackTrouble "stack-trouble" Stack:
        "a service of AWS failed inside, or something did not come up in time"
        => "wait some minutes, at most an hour, and run the same command again; https://health.aws.amazon.com shows known trouble";

    // A deploy's stages.
    Failed "failed" Failed:
        "something failed that has no entry of its own"
        => "read the error's own words and hints; `--verbose` says more";
    Busy "busy" Busy:
        "somebody else is deploying, or has deployed meanwhile"
        => "wait for it, look with `stellarr status`, and run the command again";
    DeployLocked "deploy-locked" Busy:
        "another deploy holds the lock; the error says whose and since when"
        => "wait for it; a deploy that died lets go by itself within minutes, and `stellarr unlock` breaks the lock of one \
            that is surely gone";
    LockLost "lock-lost" Busy:
        "another deploy took over while this one did not renew its lock, as after a closed laptop lid"
        => "wait for the other one, then run `stellarr deploy` again";
    ReleaseStale "release-stale" Busy:
        "a newer deploy went live while this one was running, so this one was not made current"
        => "run `stellarr diff` to see what is live, then `stellarr deploy` if yours should replace it";
    ReleaseDamaged "release-damaged" Failed:
        "a record in the artifact bucket is no record"
        => "the bucket keeps versions: restore an earlier one of the named object, or delete it and deploy again";
    ArtifactChanged "artifact-changed" Failed:
        "an object in the artifact bucket does not have the hash that its name says, so it is not what stellarr stored"
        => "find out who can write to that bucket; then run `stellarr deploy`, which publishes what you built from your sources";
    DataLoss "data-loss" Failed:
        "the change would delete or replace something that holds data, and `--yes` alone does not agree to that"
        => "look at `stellarr diff`; if it is meant, add `--allow-data-loss`";
    DataProtected "data-protected" Usage:
        "the data is protected, by stellarr.yaml or by the stacks as they are deployed"
        => "set `removal_policy: delete` in stellarr.yaml, deploy once, then run `stellarr destroy --delete-data` again";
    NotDeployed "not-deployed" Failed:
        "this deployment does not exist in the account and region yet, or only in part"
        => "run `stellarr deploy`; check `name`, `environment`, `region` and the profile if it should exist";
    BuildFailed "build-failed" Build:
        "functions or site could not be built; the last lines of the tool are shown"
        => "mend what the tool names; `stellarr doctor` checks compiler, target, linker and Node";
    SourcesMissing "sources-missing" Build:
        "functions and site are built from the stellarr repository, and the command does not run inside a clone of it"
        => "run the command inside the clone, or name the configuration file there with `--config`";
    ToolMissing "tool-missing" Build:
        "a program that builds functions or site is missing, or too old"
        => "install it with the command that the hint shows; `stellarr doctor` looks whether everything is there then";
    ArtifactUnfit "artifact-unfit" Build:
        "a built function is not what Lambda runs: for another processor, for a newer system, or no program at all"
        => "do what the hint says and deploy again; nothing of it was uploaded";
    DiskFull "disk-full" Build:
        "the disk has no room for a build"
        => "make room: a first build takes up to 4 GB; `cargo clean` frees what earlier builds left";
    DeployedByNewer "deployed-by-newer" Usage:
        "a newer stellarr deployed last, and this one would take away what it made"
        => "get the newer version (docs/upgrading.md), or undo its deploy with `stellarr rollback`; `--allow-downgrade` \
            deploys all the same";
    NameTaken "name-taken" Failed:
        "something of the deployment's name is on AWS already and belongs to no stack of it"
        => "delete or rename it in the AWS console, if nothing needs it; a secret of that name never: the next deploy takes \
            it over";
    BucketGone "bucket-gone" Failed:
        "the artifact bucket was deleted behind CloudFormation's back"
        => "create a bucket of exactly the name that is shown, in the deployment's region, then deploy again";
    BucketForeign "bucket-foreign" Access:
        "the artifact bucket belongs to another account now, or these credentials may not look at it"
        => "use credentials of the deployment's account that allow s3:ListBucket; nothing is sent to the bucket meanwhile";
    ConcurrencyLimit "concurrency-limit" Usage:
        "the configuration keeps more functions started than the account may run at once"
        => "remove `provisioned_concurrency` from stellarr.yaml, or ask for more under Service Quotas, AWS Lambda";
    DomainTaken "domain-taken" Usage:
        "another CloudFront distribution of the account has the domain already"
        => "take the domain off that distribution in the AWS console, or choose another `domain`";
    DnsRecordsExist "dns-records-exist" Usage:
        "the domain has DNS records that lead elsewhere, and replacing them was not confirmed; nothing was changed"
        => "look at the records that are shown: in a terminal `stellarr deploy` asks, and `--replace-dns` agrees without \
            being asked; `--yes` alone does not";
    ZonePrivate "zone-private" Usage:
        "the hosted zone of the domain is private: only machines inside a VPC see its records"
        => "create a public hosted zone for the domain, or set `dns: external` in stellarr.yaml";
    ZoneNotDelegated "zone-not-delegated" Usage:
        "the world does not ask the hosted zone about the domain, so that its certificate would never be validated"
        => "enter the zone's name servers where the domain was registered, or set `dns: external` in stellarr.yaml";
    DnsNotMoved "dns-not-moved" Usage:
        "stellarr.yaml says that the DNS is kept elsewhere, and the world still asks Route53 about the domain"
        => "enter the other provider's name servers at the registrar first, and deploy once the public DNS has them";
    CaaRefusesAmazon "caa-refuses-amazon" Usage:
        "the domain's CAA records do not let Amazon issue certificates for it"
        => "add the CAA record that the hint shows, or remove those that are there";
    ZoneNotFound "zone-not-found" Usage:
        "no public hosted zone of this account holds the domain"
        => "create the zone in Route53, use the account that has it, or set `dns: external` and keep your DNS provider";
    Waiting "waiting" Waiting:
        "the deploy waits for something that happens outside, and stopped waiting for now"
        => "do what the hint says and run the same command again: it goes on where it stopped";
    CertificateRefused "certificate-refused" Failed:
        "Amazon refused the certificate, or its time to be validated ran out"
        => "delete it in the AWS console under Certificate Manager (us-east-1) and deploy again; `stellarr doctor` tells \
            whether CAA records keep Amazon from certifying the domain";
    CertificatePending "certificate-pending" Waiting:
        "the certificate waits for its DNS record"
        => "create the record that is shown at your DNS provider, then run the same command again";
    SecretMissing "secret-missing" Usage:
        "a value of the secret is needed that nobody can make up"
        => "give it with `stellarr secrets set KEY`, in a file with `--secrets`, or in the environment";
    SecretInvalid "secret-invalid" Usage:
        "a value for the secret is not what that key holds"
        => "give another value; the error says what fits, and never shows the value";
    SecretContended "secret-contended" Busy:
        "the deployed site or another command changed the secret again and again while this one wanted to"
        => "wait a minute and run the same command again; nothing of the change was stored";
    SecretDamaged "secret-damaged" Failed:
        "the secret's text on AWS is not what stellarr writes"
        => "restore its previous version in the AWS console (Secrets Manager, the secret, Versions)";
    Unhealthy "unhealthy" Unhealthy:
        "everything is deployed, and the site does not answer as it should"
        => "wait a minute and run `stellarr status`; `stellarr logs --errors` shows what fails";
    TrendingStale "trending-stale" Unhealthy:
        "everything is deployed, and some trending lists could not be refreshed; the last good ones are shown"
        => "run `stellarr warm`; check the TMDB key with `stellarr doctor` when all fail";
    WarmFailed "warm-failed" Failed:
        "the warmer ran, and some trending lists could not be refreshed; the last good ones are shown"
        => "run `stellarr warm` again in a while; check the TMDB key with `stellarr doctor` when all fail";
    InvalidationSlow "invalidation-slow" Failed:
        "CloudFront has not dropped the old copies in ten minutes; it goes on"
        => "nothing: it ends by itself, and new pages show meanwhile within the hour";
    Sandbox "sandbox" Failed:
        "the local AWS does not do what it should"
        => "read the hint; `stellarr sandbox reset` starts anew and deletes what was deployed to it";
    TemplateDefect "template-defect" Failed:
        "a template that is part of stellarr could not be rendered"
        => "this is a defect of stellarr: please report it with your stellarr.yaml";
    FileUnreadable "file-unreadable" Usage:
        "a file that was named, or that belongs to the project, cannot be read"
        => "check its name, that it is a text file, and that you may read it";
    FileTrouble "file-trouble" Failed:
        "a file of this computer could not be read or written"
        => "check who owns the folder, and whether the disk is full";
}
