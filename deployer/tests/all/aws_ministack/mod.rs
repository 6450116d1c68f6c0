//! Every adapter against the emulator.

#![cfg(unix)]
mod adoption;
pub(crate) mod emulator;
mod services;
mod slow_source;
mod stacks;
mod storage;

use stellarr_aws::AwsCloud;

use emulator::Emulator;

/// The region that the tests call home.
const REGION: &str = "eu-west-1";

// One emulator for all: its start takes seconds.
#[tokio::test]
async fn every_operation_works_against_the_emulator() {
    let emulator = Emulator::start().await;
    let cloud: AwsCloud = emulator.connect(REGION).await;
    services::the_caller_is_known(&cloud).await;
    storage::objects_obey_their_conditions(&emulator, &cloud).await;
    storage::versions_go_too(&emulator, &cloud).await;
    services::secrets_keep_their_text(&emulator, &cloud).await;
    stacks::a_stack_lives_and_dies(&emulator, &cloud).await;
    stacks::a_stack_that_fails_tells_why(&cloud).await;
    stacks::regions_are_apart(&cloud).await;
    services::a_distribution_is_invalidated(&cloud).await;
    services::a_function_is_invoked(&cloud).await;
    services::zones_are_listed(&emulator, &cloud).await;
    services::row_42_records_are_read_and_exchanged(&cloud).await;
    services::certificates_are_found_again(&cloud).await;
    services::absent_things_are_none(&cloud).await;
    adoption::a_table_is_told_with_its_indexes(&emulator, &cloud).await;
    adoption::a_new_bootstrap_stack_ends_protected(emulator.connect(REGION).await).await;
    adoption::an_old_system_is_adopted(&emulator, cloud).await;
}
