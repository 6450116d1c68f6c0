//! The functions of a deployment, and every name that follows from one.
//!
//! Releases and archives hold a function by its name, also one that this version does not have: so each rule takes a name,
//! and [`Function`] applies it to its own.

use clap::ValueEnum;

/// One of the functions of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Function {
    /// The function that answers the site's requests
    Api,
    /// The function that refreshes the trending lists
    Warmer,
    /// The function that refreshes the catalogue
    Fetcher,
}

impl Function {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Api, Self::Warmer, Self::Fetcher];

    /// Returns the name that commands, releases and AWS know it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Warmer => "warmer",
            Self::Fetcher => "fetcher",
        }
    }

    /// Returns the noun in a sentence: `API` for "the API".
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Api => "API",
            Self::Warmer | Self::Fetcher => self.name(),
        }
    }

    /// Returns what it does, as its description on AWS begins.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Api => "Answers /api, /list, /rss, /webhook and /sync",
            Self::Warmer => "Refreshes the trending lists",
            Self::Fetcher => "Refreshes the catalogue",
        }
    }

    /// Returns what the alarm on its failures says.
    #[must_use]
    pub const fn failure(self) -> &'static str {
        match self {
            Self::Api => "The API failed five times in five minutes",
            Self::Warmer => "A refresh of the trending lists failed",
            Self::Fetcher => "A refresh of the catalogue failed",
        }
    }

    /// Returns what `stellarr outputs` calls its name on AWS. Scripts of the Terraform system that stellarr replaces use it.
    #[must_use]
    pub const fn output_word(self) -> &'static str {
        match self {
            Self::Api => "lambda_function_name",
            Self::Warmer => "cache_warmer_function_name",
            Self::Fetcher => "catalogue_fetcher_function_name",
        }
    }

    /// Tells whether schedules start it; the API runs when it is called.
    #[must_use]
    pub const fn is_scheduled(self) -> bool {
        !matches!(self, Self::Api)
    }

    /// Returns the Cargo package, whose binary has the same name.
    #[must_use]
    pub fn package(self) -> String {
        format!("stellarr-{}", self.name())
    }

    /// Returns the name of the function on AWS.
    #[must_use]
    pub fn aws_name(self, prefix: &str) -> String {
        format!("{prefix}-{}", self.name())
    }

    /// Returns the name of its log group.
    #[must_use]
    pub fn log_group(self, prefix: &str) -> String {
        format!("/aws/lambda/{}", self.aws_name(prefix))
    }

    /// Returns what its logical ids in the main stack begin with: `Api`.
    #[must_use]
    pub fn id(self) -> String {
        id(self.name())
    }

    /// Returns the logical id of the function itself.
    #[must_use]
    pub fn function_id(self) -> String {
        self.id() + "Function"
    }

    /// Returns the logical id of its role.
    #[must_use]
    pub fn role_id(self) -> String {
        self.id() + "Role"
    }

    /// Returns the logical id of its log group.
    #[must_use]
    pub fn log_id(self) -> String {
        self.id() + "Log"
    }

    /// Returns the parameter of the main stack that holds its code key.
    #[must_use]
    pub fn code_parameter(self) -> String {
        code_parameter(self.name())
    }

    /// Returns the output of the main stack that holds its name on AWS.
    #[must_use]
    pub fn output(self) -> String {
        output(self.name())
    }
}

/// The parameter that holds a function's code key: `api` → `ApiCodeKey`.
#[must_use]
pub fn code_parameter(name: &str) -> String {
    id(name) + "CodeKey"
}

/// The output that holds a function's name on AWS: `api` → `ApiFunctionName`.
#[must_use]
pub fn output(name: &str) -> String {
    id(name) + "FunctionName"
}

fn id(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_follows_from_the_functions() {
        let warmer = Function::Warmer;
        assert_eq!(warmer.package(), "stellarr-warmer");
        assert_eq!(warmer.log_group("home-prod"), "/aws/lambda/home-prod-warmer");
        assert_eq!(
            [warmer.function_id(), warmer.role_id(), warmer.log_id()],
            ["WarmerFunction", "WarmerRole", "WarmerLog"]
        );
        assert_eq!([warmer.code_parameter(), warmer.output()], ["WarmerCodeKey", "WarmerFunctionName"]);
    }

    #[test]
    fn every_function_is_a_crate_of_the_workspace() {
        for function in Function::ALL {
            let manifest = format!("{}/../functions/{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"), function.name());
            let manifest = std::fs::read_to_string(manifest).unwrap();
            assert!(manifest.contains(&format!("name = \"{}\"", function.package())), "{function:?}");
        }
    }

    #[test]
    fn commands_know_a_function_by_its_name() {
        let words = Function::value_variants().iter().filter_map(|one| one.to_possible_value());
        let words: Vec<String> = words.map(|word| word.get_name().to_owned()).collect();
        assert_eq!(words, Function::ALL.map(Function::name));
    }
}
