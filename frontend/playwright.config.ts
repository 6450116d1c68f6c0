import { defineConfig, devices } from '@playwright/test';

/**
 * Runs the browser against a deployed site: `BASE_URL` (the sandbox's by default) and its password in
 * `STELLARR_E2E_PASSWORD`. `CHROMIUM` names another browser than the system's.
 */
export default defineConfig({
	testDir: '../tests/e2e',
	outputDir: 'test-results',
	reporter: [['list']],
	// One household, one site: the tests would see each other's requests.
	workers: 1,
	timeout: 45_000,
	expect: { timeout: 10_000 },
	use: {
		baseURL: process.env.BASE_URL ?? 'http://localhost:8080',
		trace: 'retain-on-failure',
		locale: 'en-GB',
		timezoneId: 'Europe/Berlin',
		launchOptions: {
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
			args: [
				'--no-sandbox',
				'--disable-gpu',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync',
			],
		},
	},
	projects: [
		{
			name: 'desktop',
			testIgnore: /performance/,
			use: { ...devices['Desktop Chrome'], channel: '', viewport: { width: 1280, height: 860 } },
		},
		{ name: 'phone', testIgnore: /performance/, use: { ...devices['Pixel 7'] } },
		// Last and alone, so that nothing else disturbs what is measured; a trace takes pictures of the page all the time.
		{
			name: 'performance',
			testMatch: /performance/,
			use: { ...devices['Pixel 7'], serviceWorkers: 'block', trace: 'off' },
		},
	],
});
