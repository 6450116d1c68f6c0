//! A call to AWS and its answer, as they pass through the proxy.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use http::{Method, StatusCode, Uri};
use url::form_urlencoded;

/// A call to AWS.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// The service and the operation, such as `s3:GetObject`.
    ///
    /// An operation of a REST service that [`rest_operation`] does not know is its method and path.
    pub(crate) fn operation(&self) -> String {
        let service = self.service();
        let target = self.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = match (target, service.as_str()) {
            (Some(target), _) => target.rsplit('.').next().map(str::to_owned),
            (None, "s3") => Some(self.s3_operation()),
            (None, _) => self.parameter("Action").or_else(|| rest_operation(&self.method, self.uri.path())),
        };
        format!("{service}:{}", operation.unwrap_or_else(|| format!("{} {}", self.method, self.uri.path())))
    }

    /// The service that the call is signed for: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
    pub(crate) fn service(&self) -> String {
        let signed = self.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let scope = signed.split_once("Credential=").and_then(|(_, scope)| scope.split(',').next());
        scope.and_then(|scope| scope.split('/').nth(3)).unwrap_or("unsigned").to_owned()
    }

    fn s3_operation(&self) -> String {
        let query: Vec<_> = form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes()).collect();
        let has = |name: &str| query.iter().any(|(key, _)| key == name);
        // The SDK names the operations that its path and method leave open.
        if let Some((_, name)) = query.iter().find(|(key, _)| key == "x-id") {
            return name.clone().into_owned();
        }
        let is_object = self.uri.path().trim_matches('/').contains('/');
        let (method, what) = (self.method.as_str(), if is_object { "Object" } else { "Bucket" });
        match method {
            "GET" if has("list-type") => "ListObjectsV2".to_owned(),
            "GET" if has("versions") => "ListObjectVersions".to_owned(),
            "POST" if has("delete") => "DeleteObjects".to_owned(),
            "PUT" if !is_object => "CreateBucket".to_owned(),
            _ => format!("{}{}{what}", &method[..1], method[1..].to_lowercase()),
        }
    }

    /// A parameter of a call with the Query protocol.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The same call with other parameters: those that `change` removes or adds.
    pub(crate) fn with_parameters(&self, change: impl FnOnce(&mut Vec<(String, String)>)) -> Self {
        let mut parameters: Vec<_> = form_urlencoded::parse(&self.body).into_owned().collect();
        change(&mut parameters);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let mut call = self.clone();
        call.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        call.body = body.into();
        call
    }

    /// What the call is about: a stack by its name, or else the path.
    pub(crate) fn subject(&self) -> String {
        let stack = self.parameter("StackName");
        stack.map_or_else(|| self.uri.path().to_owned(), |stack| stack_name(&stack).to_owned())
    }

    /// Reads a stack in the account and region of this call, which may be to any service.
    pub(crate) fn look_at(&self, stack: &str) -> Self {
        self.ask("DescribeStacks", stack)
    }

    /// Reads the stack that a write to CloudFormation is about.
    pub(crate) fn describe_stack(&self) -> Self {
        self.ask("DescribeStacks", &self.parameter("StackName").unwrap())
    }

    /// Reads the history of the stack that a write to CloudFormation is about.
    pub(crate) fn stack_events(&self) -> Self {
        self.ask("DescribeStackEvents", &self.parameter("StackName").unwrap())
    }

    fn ask(&self, action: &str, stack: &str) -> Self {
        let signed = self.headers[AUTHORIZATION].to_str().unwrap();
        let signed = signed.replace(&format!("/{}/", self.service()), "/cloudformation/");
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, signed.parse().unwrap());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let call = Self { method: Method::POST, uri: Uri::from_static("/"), headers, body: Bytes::new() };
        let parameters = [("Action", action), ("Version", "2010-05-15"), ("StackName", stack)];
        call.with_parameters(|all| all.extend(parameters.map(|(name, value)| (name.to_owned(), value.to_owned()))))
    }
}

/// The name in a stack's ARN; a name is its own.
pub(crate) fn stack_name(stack: &str) -> &str {
    stack.strip_prefix("arn:").and_then(|arn| arn.split('/').nth(1)).unwrap_or(stack)
}

/// Operations of REST services by their method and path.
fn rest_operation(method: &Method, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let name = match (method.as_str(), parts.as_slice()) {
        // CloudWatch's binary protocol names it.
        ("POST", ["service", _, "operation", name]) => name,
        ("POST", ["2015-03-31", "functions", _, "invocations"]) => "Invoke",
        ("GET", ["2015-03-31", "functions", _]) => "GetFunction",
        ("POST", ["2020-05-31", "distribution", _, "invalidation"]) => "CreateInvalidation",
        ("GET", ["2020-05-31", "distribution", _, "invalidation", _]) => "GetInvalidation",
        ("GET", ["2020-05-31", "distribution", _]) => "GetDistribution",
        ("GET", ["2013-04-01", "hostedzonesbyname"]) => "ListHostedZonesByName",
        _ => return None,
    };
    Some(name.to_owned())
}

/// An answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Replaces the body with a text.
    pub(crate) fn set_text(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.headers.remove(TRANSFER_ENCODING);
        self.headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
        self.body = text.into();
    }

    /// Rewrites what stands between each `start` and the next `end` of the body.
    pub(crate) fn rewrite_between(&mut self, start: &str, end: &str, rewrite: impl Fn(&str) -> String) {
        let text = self.text();
        let (mut done, mut rest) = (String::new(), text.as_str());
        while let Some((before, after)) = rest.split_once(start)
            && let Some((inside, after)) = after.split_once(end)
        {
            done += &[before, start, &rewrite(inside), end].concat();
            rest = after;
        }
        self.set_text(done + rest);
    }
}
