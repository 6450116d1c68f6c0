//! The proxy's rules apply to the calls that they name, and to no other.

use http::{HeaderMap, Method, Uri};

use crate::real_aws::call::{Call, stack_name};
use crate::real_aws::proxy::Proxy;
use crate::real_aws::rules::Rule;
use crate::real_aws::server::{Reply, Server};

const READ: &str = "cloudformation:DescribeStacks";
const WRITE: &str = "cloudformation:ExecuteChangeSet";

fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20261121/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// Sends a request as it stands; returns status, headers and body.
async fn send(
    address: &str,
    service: &str,
    method: Method,
    path: &str,
    body: &str,
) -> reqwest::Result<(u16, HeaderMap, String)> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.request(method, format!("{address}{path}")).header("host", "aws.test").body(body.to_owned());
    let answer = request.header("authorization", authorization(service)).header("x-amz-meta-a", "b c").send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Ok((status, headers, answer.text().await?))
}

/// Calls CloudFormation about a stack; returns what it answers.
async fn stacks(proxy: &Proxy, operation: &str, stack: &str) -> reqwest::Result<String> {
    let (_, action) = operation.split_once(':').unwrap();
    let body = format!("Action={action}&Version=2010-05-15&StackName={stack}");
    Ok(send(proxy.address(), "cloudformation", Method::POST, "/", &body).await?.2)
}

/// A proxy in front of a server that counts: its first answer is `1`.
async fn counting(answers: u32) -> (Server, Proxy) {
    let server = Server::start((1..=answers).map(|number| Reply::ok(number.to_string()))).await;
    let proxy = Proxy::start(&server.address()).await;
    (server, proxy)
}

#[tokio::test]
async fn what_no_rule_applies_to_passes_byte_by_byte() {
    let reply = || Reply::status(418, "{\"ä\": \"…\"}").header("x-amzn-requestid", "R1").header("etag", "\"a\"");
    let server = Server::start([reply(), reply(), reply(), reply()]).await;
    let proxy = Proxy::start(&server.address()).await;
    let ignored = proxy.distort(Rule::reply("s3:GetObject", Reply::Reset));
    for (method, path, body) in [(Method::PUT, "/bucket/a%2Fb%20c?x=1&y", "dé\r\n\0"), (Method::HEAD, "/bucket/k", "")]
    {
        let direct = send(&server.address(), "s3", method.clone(), path, body).await.unwrap();
        let passed = send(proxy.address(), "s3", method, path, body).await.unwrap();
        let without_date = |(status, mut headers, body): (u16, HeaderMap, String)| {
            headers.remove("date");
            (status, headers, body)
        };
        assert_eq!(without_date(direct), without_date(passed));
    }
    let requests: Vec<_> =
        server.requests().into_iter().map(|one| (one.method, one.path, one.headers, one.body)).collect();
    assert_eq!((&requests[0], &requests[2]), (&requests[1], &requests[3]));
    assert_eq!(requests[1].1, "/bucket/a%2Fb%20c?x=1&y");
    assert_eq!((ignored.hits().len(), proxy.count("s3:PutObject")), (0, 1));
}

#[test]
fn every_protocol_names_its_operation() {
    let call = |service: &str, method: Method, uri: &'static str, target: Option<&str>, body: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization(service).parse().unwrap());
        if let Some(target) = target {
            headers.insert("x-amz-target", target.parse().unwrap());
        }
        Call { method, uri: Uri::from_static(uri), headers, body: body.into() }.operation()
    };
    let (get, put, post) = (Method::GET, Method::PUT, Method::POST);
    assert_eq!(
        call("cloudformation", post.clone(), "/", None, "Action=GetTemplate&StackName=a"),
        "cloudformation:GetTemplate"
    );
    assert_eq!(call("dynamodb", post.clone(), "/", Some("DynamoDB_20120810.Query"), "{}"), "dynamodb:Query");
    assert_eq!(call("s3", get.clone(), "/bucket/a/key?x-id=GetObject", None, ""), "s3:GetObject");
    assert_eq!(call("s3", Method::HEAD, "/bucket/a/key", None, ""), "s3:HeadObject");
    assert_eq!(call("s3", put.clone(), "/bucket/a/key", None, "Action=text"), "s3:PutObject");
    assert_eq!(call("s3", get.clone(), "/bucket/?list-type=2&prefix=a", None, ""), "s3:ListObjectsV2");
    assert_eq!(call("s3", get.clone(), "/bucket?versions", None, ""), "s3:ListObjectVersions");
    assert_eq!(call("s3", post.clone(), "/bucket?delete", None, ""), "s3:DeleteObjects");
    assert_eq!(call("s3", put, "/bucket/", None, ""), "s3:CreateBucket");
    assert_eq!(call("s3", Method::DELETE, "/bucket", None, ""), "s3:DeleteBucket");
    assert_eq!(call("lambda", post.clone(), "/2015-03-31/functions/a/invocations", None, "{}"), "lambda:Invoke");
    assert_eq!(call("monitoring", post, "/service/G/operation/ListMetrics", None, ""), "monitoring:ListMetrics");
    assert_eq!(call("route53", get, "/2013-04-01/hostedzone", None, ""), "route53:GET /2013-04-01/hostedzone");
    assert_eq!(stack_name("arn:aws:cloudformation:eu-west-1:1:stack/home-prod/ab"), "home-prod");
}

#[tokio::test]
async fn a_rule_distorts_the_calls_with_its_numbers() {
    let (server, proxy) = counting(4).await;
    let second = proxy.distort(Rule::reply(READ, Reply::ok("late")).numbers([2]));
    let ones = proxy.distort(
        Rule::rewrite(READ, |_, answer| answer.set_text("once")).numbers([1]).only(|call| call.subject() == "b"),
    );
    let answers = [
        stacks(&proxy, READ, "a").await.unwrap(),
        stacks(&proxy, WRITE, "a").await.unwrap(),
        stacks(&proxy, READ, "a").await.unwrap(),
        stacks(&proxy, READ, "b").await.unwrap(),
    ];
    assert_eq!(answers, ["1", "2", "late", "once"]);
    assert_eq!((second.hits()[0].place, second.hits().len()), (2, 1));
    assert_eq!((ones.count("b"), ones.count("a")), (1, 0));
    assert_eq!(server.requests().len(), 3, "the canned reply reached no server");
    proxy.clear();
    assert_eq!((stacks(&proxy, READ, "a").await.unwrap().as_str(), proxy.calls().len()), ("4", 1));
}

#[tokio::test]
async fn a_stale_read_is_answered_as_before_the_write() {
    let (server, proxy) = counting(9).await;
    let stale = proxy.distort(Rule::stale(READ, Call::describe_stack, WRITE, [1, 3]));
    assert_eq!(stacks(&proxy, READ, "a").await.unwrap(), "1");
    // Reads before it writes.
    assert_eq!(stacks(&proxy, WRITE, "a").await.unwrap(), "3");
    assert!(
        server.requests()[1].body.contains("Action=DescribeStacks")
            && server.requests()[1].body.contains("StackName=a")
    );
    let by_id = "arn:aws:cloudformation:eu-west-1:1:stack/a/1";
    let mut answers = vec![stacks(&proxy, READ, "b").await.unwrap()];
    for stack in ["a", "a", by_id, "a"] {
        answers.push(stacks(&proxy, READ, stack).await.unwrap());
    }
    assert_eq!(answers, ["4", "2", "6", "2", "8"], "another stack's reads are not stale");
    assert_eq!(stale.count("a"), 2);
}

#[tokio::test]
async fn a_write_that_fails_makes_no_read_stale() {
    let replies = [Reply::ok("before"), Reply::query_error(400, "ValidationError", "no"), Reply::ok("after")];
    let server = Server::start(replies).await;
    let proxy = Proxy::start(&server.address()).await;
    let stale = proxy.distort(Rule::stale(READ, Call::describe_stack, WRITE, [1]));
    stacks(&proxy, WRITE, "a").await.unwrap();
    assert_eq!(stacks(&proxy, READ, "a").await.unwrap(), "after");
    assert_eq!(stale.hits().len(), 0);
}

#[tokio::test]
async fn a_rule_ends_with_an_operation() {
    let (_server, proxy) = counting(5).await;
    proxy.distort(Rule::rewrite(READ, |_, answer| answer.set_text("old")).until(WRITE));
    assert_eq!(stacks(&proxy, READ, "a").await.unwrap(), "old");
    stacks(&proxy, WRITE, "a").await.unwrap();
    assert_eq!(stacks(&proxy, READ, "a").await.unwrap(), "3");
    assert_eq!(stacks(&proxy, READ, "b").await.unwrap(), "old");
}

#[tokio::test]
async fn a_connection_breaks_before_or_after_the_call_arrives() {
    for (rule, arrived) in [
        (Rule::reply(WRITE, Reply::Reset), 0),
        (Rule::reply_afterwards(WRITE, Reply::Reset), 1),
        (Rule::reply_afterwards(WRITE, Reply::Truncated("half of it".to_owned())), 1),
    ] {
        let (server, proxy) = counting(2).await;
        let lost = proxy.distort(rule.numbers([1]));
        stacks(&proxy, WRITE, "a").await.unwrap_err();
        assert_eq!((server.requests().len(), lost.hits().len()), (arrived, 1));
        stacks(&proxy, WRITE, "a").await.unwrap();
    }
}

#[tokio::test]
async fn a_call_is_changed_and_another_goes_first() {
    let (server, proxy) = counting(2).await;
    let rename = |name: &'static str| {
        move |call: &Call| {
            call.with_parameters(|all| all.iter_mut().find(|(key, _)| key == "StackName").unwrap().1 = name.to_owned())
        }
    };
    proxy.distort(Rule::change(WRITE, rename("c&ä")));
    let first = proxy.distort(Rule::precede(WRITE, rename("b")));
    assert_eq!(stacks(&proxy, WRITE, "a").await.unwrap(), "2");
    let bodies: Vec<_> = server.requests().into_iter().map(|one| one.body).collect();
    assert!(bodies[0].ends_with("StackName=b") && bodies[1].ends_with("StackName=c%26%C3%A4"), "{bodies:?}");
    let hit = &first.hits()[0];
    assert_eq!((hit.first.as_ref().unwrap().text().as_str(), hit.call.subject().as_str()), ("1", "a"));
}
