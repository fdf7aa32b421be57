using Exo.Hub;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Exo.Api.Mirror;

/// <summary>What a request to the mirror names. Nothing of it has been looked up; an unsafe name is no address at all.</summary>
/// <param name="Reference">Repository and revision.</param>
/// <param name="Path">The path in the repository; "" for the repository itself.</param>
internal sealed record MirrorAddress(ModelReference Reference, string Path)
{
    /// <summary>Reads the route's values; null where the names cannot be a repository's or a revision's.</summary>
    public static MirrorAddress? Of(HttpContext context)
    {
        var name = Value(context, "org") is { } org ? $"{org}/{Value(context, "name")}" : Value(context, "name");
        var revision = Value(context, "revision") ?? "main";
        if (revision == "HEAD") revision = "main"; // As the hub's JavaScript client calls it.
        // Variants are no part of the hub's addresses, so a colon is refused with the other odd characters.
        return ModelReference.TryParse($"{name}@{revision}", out var reference) && reference.RepositoryId == name && reference.Revision == revision
            ? new MirrorAddress(reference, Value(context, "path") ?? "")
            : null;
    }

    /// <summary>Routing has unescaped everything but slashes.</summary>
    private static string? Value(HttpContext context, string name) =>
        (context.GetRouteValue(name) as string)?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
