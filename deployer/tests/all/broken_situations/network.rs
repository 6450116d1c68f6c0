//! Between this computer and AWS: nothing there, something else there, and what breaks off.

use stellarr_aws::AwsErrorKind;
use stellarr_testing::Fault;

use crate::broken_situations::process::{Process, answered};
use crate::broken_situations::seen::{Seen, deploy};
use crate::broken_situations::server::Reply;
use crate::broken_situations::world::World;

situations! {
    nobody_listens: Network, ["could not be reached", "refused"], ["internet connection"], Nothing;
    a_name_that_does_not_resolve: Network, ["could not be reached", "looked up"], ["internet connection"], Nothing;
    a_region_whose_address_does_not_exist: AwsRegion, ["eu-west-9"], ["region"], Nothing;
    a_proxy_that_is_not_there: Network, ["could not be reached", "HTTPS_PROXY"], ["proxy"], Nothing;
    a_page_of_the_hotels: AwsBadAnswer, ["not what AWS sends", "Sign in to the hotel"], ["captive portal"], Nothing;
    an_answer_that_breaks_off: Network, ["could not be read"], ["internet connection"], Nothing;
    no_answer_at_all: Network, ["did not answer in time"], ["internet connection"], Nothing;
    trouble_on_the_other_side: AwsTrouble, ["internal"], ["health.aws.amazon.com"], Nothing;
    an_upload_that_breaks_off: Network, ["s3:PutObject"], ["internet connection", "goes on from there"], Named;
    no_network_while_a_stack_changes: Network, ["cloudformation:DescribeStacks"], ["picks up where it stopped"], Says("home-prod");
}

async fn nobody_listens() -> Seen {
    Process::new().signed_in("http://127.0.0.1:9").run(&["status"]).await
}

async fn a_name_that_does_not_resolve() -> Seen {
    Process::new().signed_in("http://aws.invalid").run(&["status"]).await
}

async fn a_region_whose_address_does_not_exist() -> Seen {
    let process = Process::new().set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").set("AWS_SECRET_ACCESS_KEY", "k");
    process.run(&["deploy", "--region", "eu-west-9"]).await
}

async fn a_proxy_that_is_not_there() -> Seen {
    let process = Process::new().set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").set("AWS_SECRET_ACCESS_KEY", "k");
    process.set("HTTPS_PROXY", "http://127.0.0.1:9").run(&["status"]).await
}

async fn a_page_of_the_hotels() -> Seen {
    answered(Reply::ok("<html><body>Sign in to the hotel's network</body></html>"), &["outputs"]).await
}

async fn an_answer_that_breaks_off() -> Seen {
    answered(Reply::Truncated("<DescribeStacksResponse>".repeat(9)), &["outputs"]).await
}

async fn no_answer_at_all() -> Seen {
    answered(Reply::Hang, &["status"]).await
}

async fn trouble_on_the_other_side() -> Seen {
    let words = "We encountered an internal error. Please try again.";
    answered(Reply::query_error(500, "InternalFailure", words), &["outputs"]).await
}

async fn an_upload_that_breaks_off() -> Seen {
    let world = World::new();
    let words = "AWS could not be reached: connection reset by peer";
    world.cloud.inject_always("s3:PutObject", Fault::Say(AwsErrorKind::Network, words));
    deploy(&world, &[]).await
}

async fn no_network_while_a_stack_changes() -> Seen {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    world.clock.1.store(true, std::sync::atomic::Ordering::Relaxed);
    let gone = Fault::before(|cloud| {
        let words = "AWS could not be reached: connection refused";
        cloud.inject_always("*", Fault::Say(AwsErrorKind::Network, words));
    });
    world.cloud.inject("cloudformation:ExecuteChangeSet", 1, gone);
    deploy(&world, &[]).await
}
