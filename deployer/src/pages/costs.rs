//! The page `docs/costs.md`, its tables made of the estimate.

use crate::base::prices::dollars;
use crate::config::Config;
use crate::insight::cost::{Use, estimate, price_sources};

const HEAD: &str = "\
# What it costs

<!-- The text is in deployer/src/pages/costs.rs, the prices are in deployer/src/insight/cost/prices.json: change those, then run
`STELLARR_UPDATE=1 cargo nextest run --workspace -E 'test(pages::)'`. -->

A household pays for one secret, and for the hosted zone if its domain is in Route53. All else bills by use, and the use of
a household lies within what AWS gives every account for nothing. `stellarr cost` makes the same estimate for your
stellarr.yaml, `--users` and `--requests` for your use; `--verbose` shows every quantity and its price.

Two columns, because what is free is free once an account: the first counts the free amounts, the second nothing. Prices are
AWS's list prices in US dollars, without tax.

- **New accounts.** One that was opened since 15 July 2025 starts with up to $200 of credits for its first months instead of
  a free first year. The free amounts of Lambda, CloudFront, DynamoDB's storage, CloudWatch, SQS and SNS stay with every
  account for ever.
- **DynamoDB** bills these tables by request, because that is cheapest for a household. The 25 free read and write units that
  AWS advertises are for the other way of billing, so none of them count here.
- **The firewall** (`waf.enabled`) is $5 a month, and $1 for each of its five rules: ten dollars for a site that would cost
  less than one. The API limits wrong passwords without it.
- **Copies that are kept started** (`provisioned_concurrency`) cost all month, used or not.
- **A domain** costs its yearly fee at the registrar, and $0.50 a month if its zone is in Route53. Queries for the site's
  records are free there.
";

const TAIL: &str = "
## What it really costs

`stellarr cost --actual` asks AWS's Cost Explorer for this month, by the tag `stellarr:deployment` that everything carries.
AWS takes $0.01 for each question, so the command asks first. The tag has to be activated once: AWS console, Billing and Cost
Management, Cost allocation tags, `stellarr:deployment`, Activate. Costs show from then on, a day late.

## An alarm before it gets expensive

```yaml
budget:
  monthly_usd: 5
  email: you@example.org
```

AWS then sends an e-mail at 80 % and at 100 % of the amount, and when the month is forecast to end above it. It counts the
whole account: until somebody has activated the tag, AWS cannot tell deployments apart, and an alarm that stays silent is
worse than one that rings early. Such a budget is free.

## Where the prices are from
";

/// An example: its name, what it is, and its use.
struct Example {
    title: &'static str,
    about: &'static str,
    config: Config,
    usage: Use,
}

fn examples() -> [Example; 3] {
    let plain = Config::named("home");
    let mut domain = Config::named("films");
    domain.domain = Some("films.example.org".to_owned());
    domain.alarm_email = Some("you@example.org".to_owned());
    let mut club = domain.clone();
    club.name = "club".to_owned();
    club.region = "eu-central-1".to_owned();
    club.waf.enabled = true;
    club.provisioned_concurrency = 1;
    [
        Example {
            title: "A household",
            about: "Five people, no domain, everything at its default.",
            config: plain,
            usage: Use::of_people(5),
        },
        Example {
            title: "Friends and family",
            about: "Twenty people, a domain in Route53, alarms by e-mail.",
            config: domain,
            usage: Use::of_people(20),
        },
        Example {
            title: "A club that wants everything",
            about: "Two hundred people in Frankfurt, a domain in Route53, the firewall, one copy of the API kept started.",
            config: club,
            usage: Use { requests: 400_000, users: 200 },
        },
    ]
}

/// Returns the page, as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for example in examples() {
        let estimate = estimate(&example.config, &example.usage);
        page.push_str(&format!(
            "\n## {}\n\n{} {} requests of the API a month, in {}.\n\n| Service | For | A month | Without free amounts |\n|---|---|--:|--:|\n",
            example.title, example.about, example.usage.requests, example.config.region
        ));
        for line in &estimate.lines {
            let what = line.parts.iter().map(|part| part.what).collect::<Vec<_>>().join(", ");
            page.push_str(&format!(
                "| {} | {what} | {} | {} |\n",
                line.service,
                dollars(line.usd),
                dollars(line.usd_without_free_tier)
            ));
        }
        page.push_str(&format!(
            "| **All together** | | **{}** | **{}** |\n",
            dollars(estimate.total),
            dollars(estimate.total_without_free_tier)
        ));
    }
    page.push_str(TAIL);
    let (date, sources) = price_sources();
    page.push_str(&format!("\nLooked up on {date}:\n\n"));
    for source in sources {
        page.push_str(&format!("- <{source}>\n"));
    }
    page
}
