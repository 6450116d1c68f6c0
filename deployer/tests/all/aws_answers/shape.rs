//! Good answers, as AWS writes them.

pub(crate) const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ana</Arn><UserId>U</UserId>\
    <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

pub(crate) const LISTING: &str = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>\
    <KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><Contents><Key>k</Key><ETag>\"e\"</ETag><Size>2</Size>\
    <LastModified>2026-11-21T04:00:00.000Z</LastModified></Contents></ListBucketResult>";

pub(crate) const FUNCTION: &str =
    r#"{"FunctionName":"films","CodeSha256":"c2hh","Timeout":1,"LastModified":"2026-11-21T04:00:00.000+0000"}"#;

pub(crate) const DISTRIBUTION: &str = "<Distribution xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\">\
    <Id>E1</Id><ARN>arn</ARN><Status>Deployed</Status><LastModifiedTime>2026-11-21T04:00:00Z</LastModifiedTime>\
    <InProgressInvalidationBatches>0</InProgressInvalidationBatches><DomainName>d1.cloudfront.net</DomainName>\
    </Distribution>";

pub(crate) const ZONES: &str = "<ListHostedZonesResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
    <HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name><CallerReference>r</CallerReference>\
    <Config><PrivateZone>false</PrivateZone></Config></HostedZone></HostedZones><IsTruncated>false</IsTruncated>\
    <MaxItems>100</MaxItems></ListHostedZonesResponse>";

pub(crate) fn stack(status: &str) -> String {
    format!(
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>\
         <Stacks><member><StackName>films</StackName><StackId>arn:films</StackId><StackStatus>{status}</StackStatus>\
         <CreationTime>2026-11-21T04:00:00Z</CreationTime><Outputs><member><OutputKey>WebsiteUrl</OutputKey>\
         <OutputValue>https://films.example.com</OutputValue></member></Outputs></member></Stacks>\
         </DescribeStacksResult></DescribeStacksResponse>"
    )
}

pub(crate) fn change_set(execution: &str) -> String {
    format!(
        "<DescribeChangeSetResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <DescribeChangeSetResult><ChangeSetName>c1</ChangeSetName><ChangeSetId>arn:c1</ChangeSetId>\
         <Status>CREATE_COMPLETE</Status><ExecutionStatus>{execution}</ExecutionStatus><Changes/>\
         </DescribeChangeSetResult></DescribeChangeSetResponse>"
    )
}

pub(crate) fn events(tokens: &[&str]) -> String {
    let members: String = tokens
        .iter()
        .enumerate()
        .map(|(number, token)| {
            format!(
                "<member><StackId>arn:films</StackId><EventId>event-{number}</EventId><StackName>films</StackName>\
                 <LogicalResourceId>films</LogicalResourceId><ResourceStatus>UPDATE_IN_PROGRESS</ResourceStatus>\
                 <Timestamp>2026-11-21T04:00:00Z</Timestamp><ClientRequestToken>{token}</ClientRequestToken></member>"
            )
        })
        .collect();
    format!(
        "<DescribeStackEventsResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <DescribeStackEventsResult><StackEvents>{members}</StackEvents></DescribeStackEventsResult>\
         </DescribeStackEventsResponse>"
    )
}
