namespace Exo.Tests.Hub.Server;

/// <summary>The hub's refusals, with the codes and words by which clients tell them apart.</summary>
internal static class HubErrors
{
    public static Task RepositoryMissingAsync(HubExchange exchange, bool signedIn) => signedIn
        ? RefuseAsync(exchange, 404, "RepoNotFound", "Repository not found")
        : RefuseAsync(exchange, 401, null, "Invalid username or password.");

    public static Task BadTokenAsync(HubExchange exchange) =>
        RefuseAsync(exchange, 401, null, "Invalid credentials in Authorization header");

    public static Task RevisionNotFoundAsync(HubExchange exchange, string revision) =>
        RefuseAsync(exchange, 404, "RevisionNotFound", $"Invalid rev id: {revision}");

    public static Task EntryNotFoundAsync(HubExchange exchange) => RefuseAsync(exchange, 404, "EntryNotFound", "Entry not found");

    public static Task DisabledAsync(HubExchange exchange) => RefuseAsync(exchange, 403, null, "Access to this resource is disabled.");

    public static Task GatedAsync(HubExchange exchange, string repository, bool signedIn) => RefuseAsync(exchange, signedIn ? 403 : 401, "GatedRepo", signedIn
        ? $"Access to model {repository} is restricted and you are not in the authorized list. Visit https://huggingface.co/{repository} to ask for access."
        : $"Access to model {repository} is restricted. You must have access to it and be authenticated to access it. Please log in.");

    public static Task TooManyRequestsAsync(HubExchange exchange) =>
        RefuseAsync(exchange, 429, null, "We had to rate limit you. To continue using our service, create an account or log in.");

    /// <summary>307 to the same address under the new name, relative to the host.</summary>
    public static Task RenamedAsync(HubExchange exchange, HubAddress address, string name)
    {
        var old = string.Join('/', address.Repository.Split('/').Select(Uri.EscapeDataString));
        var query = exchange.Record.Target[exchange.Path.Length..];
        exchange.Header("Location", exchange.Path.Replace($"/{old}", $"/{name}", StringComparison.OrdinalIgnoreCase) + query);
        return exchange.TextAsync(307, "text/plain; charset=utf-8", $"Temporary Redirect. Redirecting to {name}");
    }

    private static Task RefuseAsync(HubExchange exchange, int status, string? code, string message)
    {
        if (code is not null) exchange.Header("X-Error-Code", code);
        exchange.Header("X-Error-Message", message);
        return exchange.TextAsync(status, "application/json; charset=utf-8", $$"""{"error":"{{message}}"}""");
    }
}
