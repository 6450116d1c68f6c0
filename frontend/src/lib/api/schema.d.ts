// Generated from functions/api/openapi.json by `npm run api-types`.

export interface paths {
    "/api/auth/params": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says how a login derives its key. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuthParams"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sign-out-everywhere": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends the sessions of all members, and continues the caller's with a new token.
         * @description Sessions end at once here, and within a minute in every other process that serves the site. The caller's lasts no longer
         *     than it would have: 30 days after the password was given.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Renewed"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description It was done less than a minute ago; `Retry-After` says how long to wait */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchanges the answer to a challenge for a session.
         * @description An attempt is reserved before the hash is looked at, so that attempts that come together can't outrun the limit.
         *     What is wrong before that, a clock, an origin or a name, costs none.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["VerifyRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Verified"];
                    };
                };
                /** @description The name is empty, too long, or has characters that cannot be seen */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description Wrong password, foreign origin, clock too far off, or an answer used before */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The site does not know its own address */
                421: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidationBody"];
                    };
                };
                /** @description Too many wrong passwords, from this address or from all addresses without a sign-in within 30 days; `Retry-After` contains the seconds to wait */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/feeds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describes the feeds; whoever is signed in gets addresses that are ready to paste. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Feeds"];
                    };
                };
                /** @description A session was sent that does not count */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description The site is not configured yet */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Answers at once and asks nothing of any other service. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Health"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/library-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the ids in the library and the requests that wait; clients keep the answer to draw badges. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LibraryStatus"];
                    };
                };
                /** @description `If-None-Match` names what the client has */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/push/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells whether whoever is signed in has a device subscribed, or the one that `endpoint` names; nobody has none. */
        get: {
            parameters: {
                query?: {
                    endpoint?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Subscribed"];
                    };
                };
                /** @description A session was sent that does not count */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/push/subscribe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Subscribes a device of whoever is signed in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SubscribeRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PushStatus"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description Also when the endpoint is not one of a known push service */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidationBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        /** Forgets the devices of whoever is signed in, or the one that `endpoint` names. */
        delete: {
            parameters: {
                query?: {
                    endpoint?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PushStatus"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/push/vapid-public-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives the key that browsers subscribe with. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["VapidKey"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description Notifications are not configured */
                501: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/recommendations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Recommends films and series that are neither requested nor there. */
        get: {
            parameters: {
                query?: {
                    media_type?: components["schemas"]["MediaType"];
                    limit?: number;
                    /** @description Comma list of titles to leave out: `movie:653`, or `653` for both kinds */
                    exclude?: string;
                    /** @description Language of titles that have to be asked of TMDB */
                    locale?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Recommendations"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidationBody"];
                    };
                };
                /** @description The catalogue is empty and TMDB failed */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks for a film or series, in the name of whoever is signed in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewRequest"];
                };
            };
            responses: {
                /** @description `success` is false when it is requested already */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Outcome"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description TMDB does not know the title */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidationBody"];
                    };
                };
                /** @description TMDB failed */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description TMDB did not answer in time */
                504: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/request/{media_type}/{tmdb_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a request; also succeeds when there is none. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    media_type: components["schemas"]["MediaType"];
                    tmdb_id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Outcome"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidationBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists requests, newest first, arrived ones included. */
        get: {
            parameters: {
                query?: {
                    media_type?: components["schemas"]["MediaType"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Requests"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidationBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Searches films and series, and tells of each whether it is requested or there. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SearchRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SearchResults"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidationBody"];
                    };
                };
                /** @description TMDB failed */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description TMDB did not answer in time */
                504: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/title/{media_type}/{tmdb_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells all that TMDB knows of one film or series. */
        get: {
            parameters: {
                query?: {
                    /** @description Language of title and overview, such as `de` or `pt-BR`; nonsense is left out */
                    language?: string;
                };
                header?: never;
                path: {
                    media_type: components["schemas"]["MediaType"];
                    tmdb_id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TitleInFull"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description TMDB does not know the title */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidationBody"];
                    };
                };
                /** @description TMDB failed */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/list/radarr": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists films for Radarr. */
        get: {
            parameters: {
                query?: {
                    token?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description An array of `id`, `title`, `imdb_id`, `poster_url` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>[];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description Never an empty list instead: Radarr may delete what a list no longer names */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/list/sonarr": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists series for Sonarr. */
        get: {
            parameters: {
                query?: {
                    token?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description An array of `tvdbId`, `tmdbId`, `imdbId`, `title` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>[];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rss/all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists everything as RSS 2.0. */
        get: {
            parameters: {
                query?: {
                    token?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/rss+xml": string;
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rss/movies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists films as RSS 2.0. */
        get: {
            parameters: {
                query?: {
                    token?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/rss+xml": string;
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rss/tv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists series as RSS 2.0. */
        get: {
            parameters: {
                query?: {
                    token?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/rss+xml": string;
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sync/library": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts a batch of titles into the library and marks the requests that it fulfils.
         * @description `clear` opens a new generation and deletes nothing; `final` closes it and removes what it did not bring.
         */
        post: {
            parameters: {
                query: {
                    token: string;
                    media_type: components["schemas"]["MediaType"];
                    clear?: boolean;
                    final?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SyncItem"][];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SyncOutcome"];
                    };
                };
                /** @description Not an array, or an unknown media type */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description A title is not what it should be; nothing was changed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidationBody"];
                    };
                };
                /** @description Storage failed; the same call again completes it */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhook/plex": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes note of what arrived in the Plex library. */
        post: {
            parameters: {
                query: {
                    token: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A part `payload` with Plex's JSON; others are ignored. At most 6 MB; about 4.5 MB as a Lambda function, which takes it in base64 */
            requestBody?: {
                content: {
                    "multipart/form-data": unknown;
                };
            };
            responses: {
                /** @description Or `status: ignored` with a `reason`, for what does not concern us */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WebhookOutcome"];
                    };
                };
                /** @description The payload is not JSON, or the body is broken */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                /** @description There is no payload */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidationBody"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Says how a login derives its key. */
        AuthParams: {
            /**
             * Format: int32
             * @description Rounds of PBKDF2-HMAC-SHA-256.
             */
            iterations: number;
        };
        /** @description Holds an error. */
        ErrorBody: {
            /** @description A sentence for people. */
            detail: string;
        };
        /** @description Describes one fault of a request. */
        Fault: {
            /** @description What was found there. */
            input: Record<string, never> | null;
            /** @description Where: `body` and the field's name, for example. */
            loc: Record<string, never>[];
            /** @description A sentence for people. */
            msg: string;
            /** @description What kind of fault, such as `missing`. */
            type: string;
            /** @description Where the kind is explained. */
            url: string;
        };
        /** @description Describes one feed. */
        Feed: {
            /** @description Who reads it. */
            description: string;
            /** @description `json` or `rss` */
            format: string;
            /** @description Its name. */
            name: string;
            /** @description Where to paste the address. */
            setup: string;
            /** @description Its address; for whoever is signed in it holds the token, and else a placeholder. */
            url: string;
        };
        /** @description Describes the feeds by their names. */
        FeedList: {
            /** @description Films for Radarr. */
            radarr: components["schemas"]["Feed"];
            /** @description Everything, for feed readers. */
            rss: components["schemas"]["Feed"];
            /** @description Series for Sonarr. */
            sonarr: components["schemas"]["Feed"];
        };
        /** @description Describes the feeds. */
        Feeds: {
            /** @description The feeds. */
            feeds: components["schemas"]["FeedList"];
            /** @description The address that Plex is given, token included; only whoever is signed in is told. */
            plex_webhook_url?: string;
            /** @description Whether the feeds ask for a token. */
            token_required: boolean;
        };
        /** @description Answers `GET /api/health`. */
        Health: {
            /** @description `stellarr` */
            service: string;
            /** @description `healthy` */
            status: string;
        };
        /** @description Lists what the library holds, by kind, each id once and in order. */
        LibraryIds: {
            /** @description TMDB ids of films. */
            movie: number[];
            /** @description TMDB ids of series. */
            tv: number[];
        };
        /** @description Says what is there and what is awaited. */
        LibraryStatus: {
            /** @description TMDB ids in the library, by kind. */
            library: components["schemas"]["LibraryIds"];
            /** @description Requests that wait, newest first. */
            requests: components["schemas"]["MediaRequest"][];
        };
        /**
         * @description Holds one request for a film or series, in the shape in which it is stored and sent.
         *
         *     Absent values are absent keys, never null.
         */
        MediaRequest: {
            /** @description When it arrived in the library: ISO 8601, UTC. */
            added_at?: string | null;
            /** @description When it was asked for: ISO 8601, UTC. */
            created_at: string;
            /** @description TMDB's genre ids; recommendations need them. */
            genre_ids?: number[];
            /** @description IMDb's id, such as `tt0013442`. */
            imdb_id?: string | null;
            /** @description Film or series. */
            media_type: components["schemas"]["MediaType"];
            /** @description ISO 639-1 code; recommendations need it. */
            original_language?: string | null;
            /** @description TMDB's overview. */
            overview?: string | null;
            /** @description Plex's guid of what arrived. */
            plex_guid?: string | null;
            /** @description Path of the poster at TMDB's image host, with its leading slash. */
            poster_path?: string | null;
            /** @description The signed name of whoever asked. */
            requested_by?: string | null;
            /** @description TMDB's title. */
            title: string;
            /**
             * Format: int64
             * @description TMDB's id.
             */
            tmdb_id: number;
            /**
             * Format: int64
             * @description TheTVDB's id, of series only.
             */
            tvdb_id?: number | null;
            /**
             * Format: int32
             * @description Year of release.
             */
            year?: number | null;
        };
        /**
         * @description Tells a film from a series, in TMDB's words.
         *
         *     Every place that takes a media type from outside parses it into this type, so that nothing else can ever
         *     become part of a storage key.
         * @enum {string}
         */
        MediaType: "movie" | "tv";
        /** @description Asks for a film or series. */
        NewRequest: {
            /** @description Language of the title and overview that are kept, such as `de` or `pt-BR`; TMDB's own without it. */
            language?: string | null;
            /** @description Film or series. */
            media_type: components["schemas"]["MediaType"];
            /** @description Ignored: whoever is signed in asks. */
            requested_by?: string | null;
            /**
             * Format: int64
             * @description TMDB's id.
             */
            tmdb_id: number;
        };
        /** @description Says what became of an order. */
        Outcome: {
            /** @description A sentence about it. */
            message: string;
            /** @description False when there was nothing to do. */
            success: boolean;
        };
        /** @description Says what became of a subscription. */
        PushStatus: {
            /** @description `subscribed` or `unsubscribed` */
            status: string;
        };
        /** @description Says why a title is recommended. */
        RecommendationReason: {
            /**
             * Format: int32
             * @description TMDB's id of the genre; with `favourite_genre` only.
             */
            genre_id?: number | null;
            /** @description `because_you_asked_for`, `favourite_genre`, `trending`, `hidden_gem`, `award_winning` or `popular`. */
            kind: string;
            media_type?: components["schemas"]["MediaType"] | null;
            /** @description The requested title that it is like; with `because_you_asked_for` only. */
            title?: string | null;
            /**
             * Format: int64
             * @description That title's TMDB id.
             */
            tmdb_id?: number | null;
        };
        /** @description Holds what is recommended. */
        Recommendations: {
            /** @description The best first. */
            items: components["schemas"]["RecommendedItem"][];
            /** @description `cache` when all titles come from the catalogue, `live` when they come from TMDB, `mixed` when from both. */
            source: string;
        };
        /** @description Holds one recommended title. */
        RecommendedItem: {
            /** @description Path of the backdrop at the image host. */
            backdrop_path: string | null;
            /** @description Genre ids of its media type. */
            genre_ids: number[];
            /**
             * Format: int64
             * @description TMDB's id.
             */
            id: number;
            /** @description Film or series. */
            media_type: components["schemas"]["MediaType"];
            /** @description The overview. */
            overview: string;
            /** @description Path of the poster at the image host. */
            poster_path: string | null;
            /** @description Why it is recommended. */
            reason: components["schemas"]["RecommendationReason"];
            /**
             * Format: double
             * @description How well it fits, 0 to 1.
             */
            score: number;
            /** @description The title. */
            title: string;
            /**
             * Format: double
             * @description Mean vote, 0 to 10.
             */
            vote_average: number;
            /**
             * Format: int32
             * @description Year of release.
             */
            year: number | null;
        };
        /** @description Holds the session that goes on after all others have ended. */
        Renewed: {
            /** @description The name that it is for; empty when the old token had none. */
            name: string;
            /** @description The token to send from now on. */
            token: string;
        };
        /** @description Lists requests. */
        Requests: {
            /** @description Newest first. */
            requests: components["schemas"]["MediaRequest"][];
        };
        /** @description Holds one title that a search found. */
        SearchItem: {
            /**
             * Format: int64
             * @description TMDB's id.
             */
            id: number;
            /** @description It is in the library. */
            in_library: boolean;
            /** @description Film or series. */
            media_type: components["schemas"]["MediaType"];
            /**
             * Format: int32
             * @description Seasons, of series that are neither requested nor there.
             */
            number_of_seasons: number | null;
            /** @description The overview. */
            overview: string;
            /** @description Path of the poster at the image host. */
            poster_path: string | null;
            /** @description Somebody asked for it. */
            requested: boolean;
            /** @description The title. */
            title: string;
            /**
             * Format: double
             * @description Mean vote, 0 to 10.
             */
            vote_average: number;
            /**
             * Format: int32
             * @description Year of release.
             */
            year: number | null;
        };
        /** @description Asks for a search. */
        SearchRequest: {
            /** @description Language of titles and overviews, such as `de` or `pt-BR`. */
            language?: string | null;
            /** @description `movie` or `tv`; anything else searches both. */
            media_type?: string | null;
            /**
             * Format: int32
             * @description The page, 1 to 500.
             * @default 1
             */
            page: number;
            /** @description What the user typed. */
            query: string;
        };
        /** @description Holds one page of a search. */
        SearchResults: {
            /**
             * Format: int32
             * @description The page.
             */
            page: number;
            /** @description Films and series. */
            results: components["schemas"]["SearchItem"][];
            /**
             * Format: int32
             * @description How many pages there are.
             */
            total_pages: number;
            /**
             * Format: int32
             * @description TMDB's count, persons included.
             */
            total_results: number;
        };
        /** @description Holds a device's keys. */
        SubscribeKeys: {
            /** @description Authentication secret: 16 bytes in base64url. */
            auth: string;
            /** @description Public key: 65 bytes in base64url. */
            p256dh: string;
        };
        /** @description Holds a browser's `PushSubscription`. */
        SubscribeRequest: {
            /** @description Where the push service takes messages. */
            endpoint: string;
            /** @description The device's keys. */
            keys: components["schemas"]["SubscribeKeys"];
            /** @description Language of the notifications, such as `de`. */
            language?: string | null;
        };
        /** @description Says whether a user has a subscribed device. */
        Subscribed: {
            /** @description At least one device, or the one that was asked about. */
            subscribed: boolean;
        };
        /** @description Holds one title of the library. */
        SyncItem: {
            /** @description The title. */
            title?: string | null;
            /**
             * Format: int64
             * @description TMDB's id.
             */
            tmdb_id: number;
            /**
             * Format: int64
             * @description TheTVDB's id.
             */
            tvdb_id?: number | null;
        };
        /** @description Says what became of a library batch. */
        SyncOutcome: {
            /** @description Requests that were marked as arrived. */
            marked_as_added: number;
            /** @description Films or series. */
            media_type: components["schemas"]["MediaType"];
            /** @description Rows that were swept at the end of a sync. */
            removed: number;
            /** @description `success` */
            status: string;
            /** @description Titles that are in the library now. */
            synced: number;
        };
        /** @description Holds one film or series in full. What is there and what is requested is told by the library status. */
        TitleInFull: {
            /**
             * Format: int64
             * @description TMDB's id.
             */
            id: number;
            /** @description `tt…` */
            imdb_id: string | null;
            /** @description Film or series. */
            media_type: components["schemas"]["MediaType"];
            /**
             * Format: int32
             * @description Seasons, of series.
             */
            number_of_seasons: number | null;
            /** @description The overview. */
            overview: string;
            /** @description Path of the poster at the image host. */
            poster_path: string | null;
            /** @description The title. */
            title: string;
            /**
             * Format: int64
             * @description TheTVDB's id, of series.
             */
            tvdb_id: number | null;
            /**
             * Format: double
             * @description Mean vote, 0 to 10.
             */
            vote_average: number;
            /**
             * Format: int32
             * @description Year of release.
             */
            year: number | null;
        };
        /** @description Holds the faults of a request. */
        ValidationBody: {
            /** @description One entry a fault. */
            detail: components["schemas"]["Fault"][];
        };
        /** @description Holds the public half of the VAPID pair. */
        VapidKey: {
            /** @description 65 bytes in base64url. */
            public_key: string;
        };
        /** @description Holds a new session. */
        Verified: {
            /** @description The trimmed name. */
            name: string;
            /** @description The token to send as `Authorization: Bearer …`. */
            token: string;
            /** @description Always true. */
            valid: boolean;
        };
        /** @description Asks for a session. */
        VerifyRequest: {
            /** @description Lower-case hexadecimal SHA-256 of `<derived key in hexadecimal>:<timestamp>`. */
            hash: string;
            /** @description The user's name: 1 to 50 characters. */
            name: string;
            /** @description The page's origin, which is the salt. */
            origin: string;
            /**
             * Format: int64
             * @description The browser's clock, in unix seconds.
             */
            timestamp: number;
        };
        /** @description Says what became of a webhook that concerned us. */
        WebhookOutcome: {
            /** @description It went into the library. */
            added_to_library: boolean;
            /** @description This delivery fulfilled a request. */
            matched_request: boolean;
            /** @description Film or series. */
            media_type: components["schemas"]["MediaType"];
            /** @description Whoever asked has been told. */
            notification_sent: boolean;
            /** @description Plex's word for what arrived. */
            plex_type: string;
            /** @description `success` */
            status: string;
            /** @description Title of the film or show. */
            title: string;
            /**
             * Format: int64
             * @description TMDB's id, as far as it is known.
             */
            tmdb_id: number | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
