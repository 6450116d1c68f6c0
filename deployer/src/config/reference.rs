//! The reference page `docs/configuration.md`, made of the schema.

use serde_json::Value as Json;

use super::explain;
use super::schema;

const HEAD: &str = "\
# stellarr.yaml

<!-- Made of the doc comments in deployer/src/config: change those, then run
`STELLARR_UPDATE=1 cargo nextest run -p stellarr config_reference`. -->

A deployment is described by one short file. `name` is the only key that it must hold:

```yaml
name: stellarr
app_name: Our films
```

Everything else has a default. Editors that know YAML schemas complete and check the file by `stellarr.schema.json`; stellarr
itself reports all mistakes of a file in one run, each with its line and column. Secrets never stand in this file: `stellarr
secrets set` keeps them.

## All keys
";

/// Returns the page that explains every key, as Markdown.
#[must_use]
pub fn reference_markdown() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
    let mut sections = String::new();
    for (key, node) in schema::top_level() {
        let inner = schema::properties(&node);
        if inner.is_empty() {
            page.push_str(&row(&key, &node));
            continue;
        }
        page.push_str(&format!("| [`{key}`](#{key}) | section | | {} |\n", description(&node)));
        sections.push_str(&format!("\n## {key}\n\n{}\n", description(&node)));
        sections.push_str("\n| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
        for (inner_key, inner_node) in inner {
            sections.push_str(&row(&inner_key, &inner_node));
        }
    }
    page + &sections
}

fn row(key: &str, node: &Json) -> String {
    let default = match node.get("default") {
        None | Some(Json::Null) => String::new(),
        Some(default) => schema::plain(default),
    };
    format!("| `{key}` | {} | {default} | {} |\n", value_text(node), description(node))
}

fn value_text(node: &Json) -> String {
    let text = match (node["type"].as_str(), node.get("items")) {
        (Some("array"), _) => "list of language codes".to_owned(),
        (Some("object"), _) => "names and texts".to_owned(),
        (Some("string"), _) if node["pattern"].as_str().is_some_and(|pattern| pattern.contains("rate")) => {
            "`rate(…)` or `cron(…)`".to_owned()
        }
        _ => explain::expectation(node).trim_start_matches("a ").to_owned(),
    };
    text.replace('|', "\\|")
}

fn description(node: &Json) -> String {
    node["description"].as_str().unwrap_or_default().replace('|', "\\|")
}
