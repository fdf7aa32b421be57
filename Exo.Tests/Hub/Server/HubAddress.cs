namespace Exo.Tests.Hub.Server;

internal enum HubRoute { Unknown, WhoAmI, Info, Tree, Resolve, ResolveCache }

/// <summary>A hub address taken apart, every part unescaped.</summary>
internal sealed record HubAddress(HubRoute Route, string Repository = "", string Revision = "main", string Path = "")
{
    /// <param name="target">The raw path without its query, so that an escaped slash stays inside its part.</param>
    public static HubAddress Parse(string target)
    {
        var parts = target.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        return parts switch
        {
            ["api", "whoami-v2"] => new(HubRoute.WhoAmI),
            ["api", "models", .. var rest] => Api(rest),
            ["api", "resolve-cache", "models", var org, var name, var sha, .. var path] => new(HubRoute.ResolveCache, $"{org}/{name}", sha, Join(path)),
            [var org, var name, "resolve", var revision, .. var path] => new(HubRoute.Resolve, $"{org}/{name}", revision, Join(path)),
            [var name, "resolve", var revision, .. var path] => new(HubRoute.Resolve, name, revision, Join(path)),
            _ => new(HubRoute.Unknown),
        };
    }

    private static HubAddress Api(string[] parts)
    {
        var verb = Array.FindIndex(parts, part => part is "tree" or "revision");
        var repository = Join(verb < 0 ? parts : parts[..verb]);
        var rest = verb < 0 ? [] : parts[(verb + 1)..];
        return (verb < 0 ? "" : parts[verb], rest) switch
        {
            ("", _) => new(HubRoute.Info, repository),
            ("revision", [var revision]) => new(HubRoute.Info, repository, revision),
            ("tree", [var revision, .. var path]) => new(HubRoute.Tree, repository, revision, Join(path)),
            _ => new(HubRoute.Unknown),
        };
    }

    private static string Join(string[] parts) => string.Join('/', parts);
}
