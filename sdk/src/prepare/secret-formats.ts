import type { Hiding } from './hide.ts';

// The prefixes that services give their credentials, according to their documentation. 16 or more characters follow.
const PREFIXES = [
  'gh[pousr]_|github_pat_', // GitHub
  'gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas|ffct)-', // GitLab
  'xox[abeoprs]-|xoxe\\.xox[bp]-|xapp-', // Slack
  '[sr]k_(?:live|test|prod)_|whsec_', // Stripe
  'glsa_|glc_', // Grafana
  'npm_|dckr_pat_|pypi-AgE|rubygems_', // npm, Docker, PyPI, RubyGems
  'hf_|r8_|gsk_|xai-|pplx-', // Hugging Face, Replicate, Groq, xAI, Perplexity
  'sk-(?:ant-[a-z]{2,8}\\d{2}-|proj-|svcacct-|admin-|or-v1-)', // Anthropic, OpenAI, OpenRouter
  'hv[sbr]\\.', // HashiCorp Vault
  'dp\\.(?:pt|st|ct|sa|scim|audit)\\.', // Doppler
  'pscale_(?:tkn|pw|oauth)_', // PlanetScale
  'sb_secret_|sbp_', // Supabase
  'lin_(?:api|oauth)_|ntn_|figd_|CFPAT-', // Linear, Notion, Figma, Contentful
  'fo1_|fm[12][ar]?_', // Fly.io
  'phx_|nfp_|shippo_(?:live|test)_|duffel_(?:live|test)_', // PostHog, Netlify, Shippo, Duffel
  'sntry[su]_', // Sentry
  'NR(?:AK|II|JS|RA|AL)-', // New Relic
  'HRKU-|PMAK-|FLWSECK(?:_TEST)?-', // Heroku, Postman, Flutterwave
  'AT[AC]TT3|ATBB', // Atlassian
  'sq0(?:atp|csp)-', // Square
  'EZ[AT]K', // EasyPost
  'shp(?:at|ca|pa|ss|tka)_', // Shopify
  'ops_eyJ', // 1Password
  'do[opr]_v1_', // DigitalOcean
  'GOCSPX-|ya29\\.|AIza', // Google
  'AGE-SECRET-KEY-1', // age
  'rdme_|tfp_', // ReadMe, Typeform
  'ABSK|bedrock-api-key-', // AWS Bedrock
];

// Credentials whose prefix alone is not distinctive enough.
const SHAPES = [
  'sk-[A-Za-z0-9]{32,}', // OpenAI, and compatible services
  '1//0[\\w-]{32,}', // Google
  'EAA[A-Za-z0-9]{60,}', // Facebook
  'key-[0-9a-f]{32}', // Mailgun
  'dapi[0-9a-f]{32}(?:-\\d)?', // Databricks
  'amzn\\.mws\\.[0-9a-f-]{36}', // Amazon
  'xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}', // Brevo
  'dt0[a-z]\\d\\d\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}', // Dynatrace
  'SG\\.[\\w-]{16,32}\\.[\\w-]{16,64}', // SendGrid
  '[0-9a-f]{32}-us\\d{1,2}', // Mailchimp
  '[A-Za-z0-9]{14}\\.atlasv1\\.[\\w-]{40,}', // Terraform
  'pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}', // Airtable
  '[\\w~.]{3}\\dQ~[\\w~.-]{31,34}', // Microsoft Entra
  '\\d{8,10}:AA[\\w-]{33}', // Telegram
  '[MNO][\\w-]{23,25}\\.[\\w-]{6}\\.[\\w-]{27,38}', // Discord
  'oy2[a-z0-9]{43}', // NuGet
  'cio[A-Za-z0-9]{32}', // crates.io
];

const MARKED = new RegExp(`(?<![A-Za-z0-9])(?:${PREFIXES.join('|')})([\\w-]{16,})`, 'g');
const SHAPED = new RegExp(`(?<![A-Za-z0-9])(?:${SHAPES.join('|')})(?![A-Za-z0-9])`, 'g');
// A name of words, `hf_hub_download_timeout`, is not a key.
const isRandom = (tail: string) => /\d|[a-z][A-Z]|[A-Z]{2}/.test(tail);

// The public id of a key whose other half is secret: in a log it shows who acted.
const KEY_ID = /(?<![A-Za-z0-9])(?:A[KS]IA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g;
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;
const SSH2_KEY =
  /---- BEGIN SSH2 [A-Z ]{0,20}PRIVATE KEY ----[\s\S]*?(?:---- END SSH2 [A-Z ]{0,20}PRIVATE KEY ----|$)/g;
const PUTTY_KEY = /(Private-Lines: \d{1,4}\r?\n)([A-Za-z0-9+/=\r\n]+)/g;
const JWT = /(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)*/g;
// Hashes of passwords, as `crypt` and the PHC format write them: bcrypt, argon2, scrypt, SHA-crypt, Django's PBKDF2.
const PASSWORD_HASH =
  /\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$(?:argon2(?:id?|d)|scrypt|pbkdf2[\w-]{0,20})\$[\w./+=,$-]{20,}|\$[156]\$(?:rounds=\d{1,9}\$)?[./\w]{1,16}\$[./A-Za-z0-9]{22,86}|(?<!\w)pbkdf2_sha\d{1,3}\$\d{1,9}\$[\w+/=]{1,64}\$[\w+/=]{20,90}|\{S?SHA\d{0,3}\}[A-Za-z0-9+/=]{20,}/g;
const WEBHOOK =
  /(hooks\.slack\.com\/(?:services|workflows)\/|discord(?:app)?\.com\/api\/webhooks\/\d{1,20}\/|\.webhook\.office\.com\/webhookb2\/)([\w@/-]{16,})/gi;

/** Hides texts in the format of a credential, whatever surrounds them. */
export function hideFormats(text: string, { token, keyId }: Hiding): string {
  const behind = (_: string, start: string, secret: string) => start + token(secret);
  return text
    .replace(PRIVATE_KEY, token)
    .replace(SSH2_KEY, token)
    .replace(PUTTY_KEY, behind)
    .replace(JWT, token)
    .replace(PASSWORD_HASH, token)
    .replace(WEBHOOK, behind)
    .replace(MARKED, (all, tail: string) => (isRandom(tail) ? token(all) : all))
    .replace(SHAPED, token)
    .replace(KEY_ID, keyId);
}
