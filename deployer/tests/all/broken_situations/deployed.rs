//! An AWS that answers as one with a deployed site does, as far as commands look at it.

use crate::broken_situations::server::{Reply, Request};

const ACCOUNT: &str = "111122223333";

/// Answers a request.
pub(crate) fn answer(request: &Request) -> Reply {
    let (body, path) = (request.body.as_str(), request.path.as_str());
    if body.contains("Action=GetCallerIdentity") {
        return Reply::ok(format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::{ACCOUNT}:user/ana</Arn><UserId>U</UserId><Account>{ACCOUNT}</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
        ));
    }
    if body.contains("Action=DescribeStacks") {
        return stacks(parameter(body, "StackName"));
    }
    if path.contains("/functions/") {
        let function = r#"{"FunctionName":"f","CodeSha256":"c2hh","State":"Active","LastModified":"2026-11-21T04:00:00.000+0000"}"#;
        return Reply::ok(function);
    }
    if path.contains("/operation/DescribeAlarms") {
        // An empty map, in CBOR.
        let headers = [("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        return Reply::Http(200, headers, vec![0xbf, 0xff]);
    }
    if request.method == "HEAD" {
        return if path.contains("/edge/") { Reply::status(404, "") } else { Reply::ok("") };
    }
    if path.contains("releases/current.json") {
        let release = serde_json::json!({
            "sequence": 3, "created_at": "2026-11-21T04:00:00Z", "by": "ana", "version": env!("CARGO_PKG_VERSION"),
            "config": {}, "templates": {}, "code": {}, "site": null,
        });
        return Reply::ok(release.to_string()).header("etag", "\"e\"");
    }
    if request.headers.get("x-amz-target").is_some_and(|target| target.contains("DynamoDB")) {
        return Reply::ok(r#"{"Items":[],"Count":0,"ScannedCount":0}"#);
    }
    Reply::s3_error(404, "NoSuchKey", "The specified key does not exist.")
}

fn stacks(name: &str) -> Reply {
    let outputs: &[(&str, &str)] = match name {
        "home-prod" => &[("WebsiteUrl", "https://d1.cloudfront.net")],
        "home-prod-bootstrap" => {
            &[("ArtifactBucketName", "home-artifacts"), ("RequestsTableName", "home-prod-requests")]
        }
        _ => return Reply::query_error(400, "ValidationError", &format!("Stack with id {name} does not exist")),
    };
    let outputs: String = outputs
        .iter()
        .map(|(key, value)| format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"))
        .collect();
    Reply::ok(format!(
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>\
         <Stacks><member><StackName>{name}</StackName><StackId>arn:{name}</StackId><StackStatus>UPDATE_COMPLETE\
         </StackStatus><CreationTime>2026-11-21T04:00:00Z</CreationTime><Outputs>{outputs}</Outputs></member></Stacks>\
         </DescribeStacksResult></DescribeStacksResponse>"
    ))
}

/// A parameter of a request in the dialect of CloudFormation and STS.
fn parameter<'a>(body: &'a str, name: &str) -> &'a str {
    let found = body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_default()
}
