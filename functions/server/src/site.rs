//! The built site, the trending files, and the site's configuration.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use rust_embed::RustEmbed;
use stellarr_api::body_cache::Encoded;
use stellarr_core::site::{CONFIG_FILE, SiteConfig, content_type};
use tower::ServiceExt as _;

use crate::health::{self, Health};

/// The site as it was when this program was built; nothing when it had not been built.
#[derive(RustEmbed)]
#[folder = "../../frontend/build"]
#[allow_missing = true]
struct Embedded;

/// The page that every path of the site gets which is no file.
const INDEX: &str = "index.html";

/// Holds the site in memory, each file compressed when it is first asked for.
pub struct Site {
    files: HashMap<String, Arc<Encoded>>,
    trending: PathBuf,
    policy: HeaderValue,
}

/// Says that a folder of the site can't be read.
#[derive(Debug, thiserror::Error)]
#[error("the site in {folder} can't be read: {cause}; build it with `npm ci && npm run build` in frontend/", folder = folder.display())]
pub struct SiteError {
    folder: PathBuf,
    cause: std::io::Error,
}

impl Site {
    /// Reads the site from a folder, or takes the one inside this program.
    pub fn load(folder: Option<&Path>, config: &SiteConfig, trending: PathBuf) -> Result<Self, SiteError> {
        Self::load_or::<Embedded>(folder, config, trending)
    }

    fn load_or<E: RustEmbed>(folder: Option<&Path>, config: &SiteConfig, trending: PathBuf) -> Result<Self, SiteError> {
        let mut files = HashMap::new();
        let mut keep = |path: &str, bytes: Vec<u8>| {
            let named = if path == MANIFEST { named_manifest(&bytes, &config.app_name) } else { None };
            let bytes = named.unwrap_or(bytes);
            files.insert(format!("/{path}"), Arc::new(Encoded::new(content_type(path), bytes)));
        };
        match folder {
            Some(folder) => {
                read(folder, "", &mut keep).map_err(|cause| SiteError { folder: folder.to_owned(), cause })?;
            }
            None => {
                for path in E::iter() {
                    if let Some(file) = E::get(&path) {
                        keep(&path, file.data.into_owned());
                    }
                }
            }
        }
        keep(CONFIG_FILE, config.to_json().into_bytes());
        Ok(Self { files, trending, policy: content_security_policy(&config.image_base) })
    }

    /// Tells whether there is any page.
    #[must_use]
    pub fn has_pages(&self) -> bool {
        self.files.contains_key("/index.html")
    }

    /// Puts the API and the site together: the API has its own prefixes, the site everything else.
    /// What is wrong with the database comes before the API's own answer about its health.
    pub fn around(self, api: Router, health: Health) -> Router {
        let (site, health) = (Arc::new(self), Arc::new(health));
        Router::new().fallback(move |request: Request| {
            let (site, api, health) = (Arc::clone(&site), api.clone(), Arc::clone(&health));
            async move {
                let failure = if request.uri().path() == health::PATH { health.failure().await } else { None };
                if let Some(failure) = failure {
                    failure
                } else if is_api(request.uri().path()) {
                    api.oneshot(request).await.into_response()
                } else {
                    let (parts, _) = request.into_parts();
                    site.serve(&parts).await
                }
            }
        })
    }

    async fn serve(&self, request: &Parts) -> Response {
        if !matches!(request.method, Method::GET | Method::HEAD) {
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        }
        let path = request.uri.path();
        if path.starts_with("/trending-") && path.ends_with(".json") && !path.contains("..") {
            return self.trending(path, request).await;
        }
        let found = self.files.get(path).map(|file| (path, file));
        let page = || Some((INDEX, self.files.get("/index.html")?)).filter(|_| !path.starts_with("/_app/"));
        let Some((name, file)) = found.or_else(page) else {
            return (StatusCode::NOT_FOUND, "Not Found").into_response();
        };
        let mut response = file.respond(&request.headers, true);
        let lifetime = if name.starts_with("/_app/immutable/") {
            "public, max-age=31536000, immutable"
        } else {
            "public, max-age=0, must-revalidate"
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        response
    }

    /// Answers with a trending file; one that isn't there is a 404, not a page.
    async fn trending(&self, path: &str, request: &Parts) -> Response {
        match tokio::fs::read(self.trending.join(path.trim_start_matches('/'))).await {
            Ok(body) => {
                let mut response = Encoded::new("application/json", body).respond(&request.headers, true);
                let lifetime = HeaderValue::from_static("public, max-age=3600");
                response.headers_mut().insert(header::CACHE_CONTROL, lifetime);
                response
            }
            Err(_) => (StatusCode::NOT_FOUND, "Not Found").into_response(),
        }
    }
}

/// The same header that CloudFront sends (templates/main/response-headers.yaml). It narrows the page's own policy, which
/// holds `default-src 'none'` and the hashes of the inline scripts, to the host of the posters.
fn content_security_policy(image_base: &str) -> HeaderValue {
    let policy = |images: &str| {
        format!(
            "base-uri 'self'; connect-src 'self'{images}; form-action 'self'; frame-ancestors 'none'; \
             img-src 'self' data:{images}; object-src 'none'"
        )
    };
    let images = if image_base.is_empty() { String::new() } else { format!(" {}/", image_base.trim_end_matches('/')) };
    // A base that is not fit for a header is not fit for an address either: then no poster is shown.
    HeaderValue::try_from(policy(&images)).unwrap_or_else(|_| HeaderValue::from_static("frame-ancestors 'none'"))
}

fn is_api(path: &str) -> bool {
    ["/api", "/list", "/rss", "/webhook", "/sync"]
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn read(folder: &Path, prefix: &str, keep: &mut impl FnMut(&str, Vec<u8>)) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let path = format!("{prefix}{}", name.to_string_lossy());
        if entry.file_type()?.is_dir() {
            read(&entry.path(), &format!("{path}/"), keep)?;
        } else {
            keep(&path, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

const MANIFEST: &str = "manifest.webmanifest";

/// The web app manifest with the site's own name, which an installed app has on a phone.
fn named_manifest(bytes: &[u8], app_name: &str) -> Option<Vec<u8>> {
    let mut manifest: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let fields = manifest.as_object_mut()?;
    fields.insert("name".to_owned(), app_name.into());
    fields.insert("short_name".to_owned(), app_name.into());
    serde_json::to_vec(&manifest).ok()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};

    use super::*;

    #[derive(RustEmbed)]
    #[folder = "tests/site"]
    struct Sample;

    fn config() -> SiteConfig {
        SiteConfig {
            app_name: "Cinema".to_owned(),
            locales: vec!["en".to_owned()],
            default_locale: "en".to_owned(),
            image_base: String::new(),
            push: false,
            version: "1".to_owned(),
        }
    }

    async fn get(router: &Router, path: &str) -> (u16, String, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let lifetime = response.headers().get(header::CACHE_CONTROL).map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, lifetime.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_site_inside_the_program_is_served() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret.json"), "secret").unwrap();
        let site = Site::load_or::<Sample>(None, &config(), folder.path().join("trending")).unwrap();
        assert!(site.has_pages());
        let health = Health::new(|| Box::pin(async { Ok(()) }));
        let router = site.around(Router::new().fallback(|| async { "the API" }), health);
        let page = include_str!("../tests/site/index.html");
        for path in ["/", "/index.html", "/requests", "/title/movie/653"] {
            let (status, lifetime, body) = get(&router, path).await;
            assert_eq!((status, lifetime.as_str()), (200, "public, max-age=0, must-revalidate"), "{path}");
            assert_eq!(body, page, "{path}");
        }
        let (status, lifetime, body) = get(&router, "/_app/immutable/entry.js").await;
        assert_eq!((status, lifetime.as_str()), (200, "public, max-age=31536000, immutable"));
        assert_eq!(body, include_str!("../tests/site/_app/immutable/entry.js"));
        assert_eq!(get(&router, "/_app/immutable/gone.js").await.0, 404, "a missing asset is no page");
        assert!(get(&router, "/config.json").await.2.contains(r#""app_name":"Cinema""#));
        assert_eq!(get(&router, "/manifest.webmanifest").await.2, r#"{"name":"Cinema","short_name":"Cinema"}"#);
        assert_eq!(get(&router, "/api/health").await.2, "the API");
        assert_eq!(get(&router, "/trending-all-en.json").await.0, 404);
        assert_eq!(get(&router, "/trending-/../../secret.json").await.2, page, "no way out of the folder");
    }

    #[tokio::test]
    async fn a_page_may_load_posters_from_their_host_alone() {
        let config = SiteConfig { image_base: "https://images.example.org/t/p/".to_owned(), ..config() };
        let site = Site::load_or::<Sample>(None, &config, PathBuf::new()).unwrap();
        let request = Request::get("/").body(Body::empty()).unwrap();
        let health = Health::new(|| Box::pin(async { Ok(()) }));
        let response = site.around(Router::new(), health).oneshot(request).await.unwrap();
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("img-src 'self' data: https://images.example.org/t/p/;"), "{policy}");
        assert!(policy.contains("connect-src 'self' https://images.example.org/t/p/;"), "{policy}");
        // Kit's own policy has it together with what the page needs: here it would forbid the scripts.
        assert!(!policy.contains("default-src"), "{policy}");
        assert!(content_security_policy("a\nb").to_str().unwrap().contains("frame-ancestors 'none'"));
    }

    #[test]
    fn a_folder_comes_before_the_site_inside() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.html"), "mine").unwrap();
        let site = Site::load_or::<Sample>(Some(folder.path()), &config(), PathBuf::new()).unwrap();
        assert!(site.has_pages() && !site.files.contains_key("/_app/immutable/entry.js"));
        let error = Site::load(Some(&folder.path().join("gone")), &config(), PathBuf::new()).err().unwrap();
        assert!(error.to_string().contains("npm run build"), "{error}");
    }
}
