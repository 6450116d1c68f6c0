//! stellarr.yaml, the command line and the files beside it.

use crate::broken_situations::process::Process;
use crate::broken_situations::seen::Seen;

situations! {
    no_file: ConfigMissing, ["there is no file stellarr.yaml"], ["stellarr init"], Nothing;
    a_folder_in_its_place: ConfigUnreadable, ["stellarr.yaml"], ["file"], Nothing;
    two_misspelt_keys: ConfigInvalid, ["stellarr.yaml has 2 problems"], ["did you mean `app_name`?", "did you mean `region`?"], Nothing;
    not_text: ConfigInvalid, ["stellarr.yaml"], ["save it as UTF-8"], Nothing;
    a_region_that_is_none: Usage, ["--region", "mars-1"], ["us-east-1"], Nothing;
    a_file_of_secrets_that_is_not_there: FileUnreadable, ["my.env"], ["check its name"], Nothing;
    a_line_of_secrets_that_is_none: Usage, ["my.env:2"], ["KEY=VALUE"], Nothing;
    a_secret_of_a_name_that_is_none: Usage, ["TMDB_KEY"], ["TMDB_API_KEY"], Nothing;
    a_private_folder_that_cannot_be_made: FileTrouble, [".stellarr"], ["folder"], Nothing;
    nobody_to_answer: NoTerminal, ["terminal"], ["--yes"], Nothing;
}

async fn no_file() -> Seen {
    let process = Process::new();
    std::fs::remove_file(process.path("stellarr.yaml")).unwrap();
    process.run(&["deploy"]).await
}

async fn a_folder_in_its_place() -> Seen {
    let process = Process::new();
    std::fs::remove_file(process.path("stellarr.yaml")).unwrap();
    std::fs::create_dir(process.path("stellarr.yaml")).unwrap();
    process.run(&["deploy"]).await
}

async fn two_misspelt_keys() -> Seen {
    let process = Process::new().file("stellarr.yaml", "name: home\napp_nmae: Movie night\nregoin: eu-west-1\n");
    let seen = process.run(&["deploy"]).await;
    for place in ["stellarr.yaml:2:1", "stellarr.yaml:3:1"] {
        assert!(seen.text.contains(place), "{place}\n{}", seen.text);
    }
    seen
}

async fn not_text() -> Seen {
    Process::new().file("stellarr.yaml", b"name: h\xff\xfeme\n").run(&["deploy"]).await
}

async fn a_region_that_is_none() -> Seen {
    Process::new().run(&["deploy", "--region", "mars-1"]).await
}

async fn a_file_of_secrets_that_is_not_there() -> Seen {
    Process::new().run(&["deploy", "--yes", "--secrets", "my.env"]).await
}

async fn a_line_of_secrets_that_is_none() -> Seen {
    let process = Process::new().file("my.env", "TMDB_API_KEY=0123456789abcdef\njust words\n");
    process.run(&["deploy", "--yes", "--secrets", "my.env"]).await
}

async fn a_secret_of_a_name_that_is_none() -> Seen {
    Process::new().run(&["secrets", "set", "TMDB_KEY"]).await
}

async fn a_private_folder_that_cannot_be_made() -> Seen {
    let process = Process::new().file(".stellarr", "a file is in the way");
    process.run(&["init", "--yes", "--region", "eu-west-1"]).await
}

async fn nobody_to_answer() -> Seen {
    Process::new().run(&["init"]).await
}
