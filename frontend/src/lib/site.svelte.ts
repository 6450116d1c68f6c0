import { fallbackConfig, parseConfig, type SiteConfig } from './config.ts';
import { preloaded } from './preloaded.ts';

/** Holds the deployment's configuration for the whole app. */
class Site {
	config = $state.raw<SiteConfig>(fallbackConfig);

	/** Fetches `/config.json`; offline, the service worker answers with the last one. */
	async load(): Promise<void> {
		try {
			this.config = parseConfig(await preloaded('/config.json'));
		} catch {
			// Without its configuration the site still works with the defaults.
		}
	}
}

export const site = new Site();
