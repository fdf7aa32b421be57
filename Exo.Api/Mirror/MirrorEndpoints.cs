using Exo.Hub.Slices;
using Exo.Hub.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Exo.Api.Mirror;

/// <summary>
/// Serves this machine's store to others over the Hugging Face Hub's protocol, read-only: set <c>HF_ENDPOINT=http://this-machine:52415</c> there.
/// What is not whole is offered to other Exos by the range, as far as it is verified.
/// </summary>
public static class MirrorEndpoints
{
    /// <summary>Adds <c>/api/models/…</c>, <c>/{repository}/resolve/…</c>, <c>/{repository}/raw/…</c> and <c>/exo/ranges/…</c>.</summary>
    /// <param name="routes">The server.</param>
    /// <param name="cache">The store of whole models.</param>
    /// <param name="slices">The store of parts of models; null where there is none.</param>
    public static IEndpointConventionBuilder MapMirror(this IEndpointRouteBuilder routes, HubCache cache, SliceStore? slices = null)
    {
        var shelf = new MirrorShelf(cache, slices);
        var models = new ModelAnswers(shelf);
        var files = new FileAnswers(shelf);
        var group = routes.MapGroup("");
        // A repository's name has two parts, or one for the oldest; a revision's slashes come escaped.
        foreach (var repository in (string[])["{org}/{name}", "{name}"])
        {
            group.MapGet($"/api/models/{repository}", models.InfoAsync);
            group.MapGet($"/api/models/{repository}/revision/{{revision}}", models.InfoAsync);
            group.MapGet($"/api/models/{repository}/tree/{{revision}}/{{**path}}", models.TreeAsync);
            group.MapPost($"/api/models/{repository}/paths-info/{{revision}}", models.PathsAsync); // A question with a long list in it; nothing is written.
            group.MapMethods($"/{repository}/resolve/{{revision}}/{{**path}}", [HttpMethods.Get, HttpMethods.Head], files.ResolveAsync);
            group.MapMethods($"/{repository}/raw/{{revision}}/{{**path}}", [HttpMethods.Get, HttpMethods.Head], files.RawAsync);
        }
        group.MapGet("/exo/ranges/{name}/{revision}/{**path}", files.RangesAsync); // Here the name's slash comes escaped too.
        return group;
    }
}
