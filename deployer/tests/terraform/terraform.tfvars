# The household's media requests
aws_region     = "eu-west-1"
project_name   = "stellarr"
environment    = "prod"
domain_name    = "requests.example.org"
hosted_zone_id = "Z0123456789EXAMPLE"

tmdb_api_key       = "0123456789abcdef0123456789abcdef"
preshared_password = "correct horse battery staple"
feed_token         = "feed-token-of-the-old-site"
plex_webhook_token = "webhook-token-of-the-old-site"
plex_server_name   = "Home"
tvdb_api_key       = ""

lambda_memory             = 512
enable_waf                = false
enable_rate_limiting      = true
rate_limit_max_attempts   = 5
rate_limit_window_seconds = 900
