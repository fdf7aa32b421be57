using Microsoft.AspNetCore.Http;

namespace Exo.Api.Mirror;

/// <summary>Refusals in the hub's own words, so that its clients understand them.</summary>
internal static class MirrorErrors
{
    public static Task RepositoryNotFoundAsync(HttpContext context) => RefuseAsync(
        context, "RepoNotFound", "This mirror does not hold the model. Pull it on the mirror's machine, or unset HF_ENDPOINT.");

    public static Task RepositoryNotWholeAsync(HttpContext context) => RefuseAsync(
        context, "RepoNotFound", "This mirror does not hold all of the model yet. Wait until its pull ends there, or unset HF_ENDPOINT.");

    public static Task RevisionNotFoundAsync(HttpContext context) => RefuseAsync(
        context, "RevisionNotFound", "This mirror does not hold that revision of the model, or not all of it yet. Pull it on the mirror's machine.");

    public static Task EntryNotFoundAsync(HttpContext context) => RefuseAsync(
        context, "EntryNotFound", "This mirror does not hold the file, or not all of it yet.");

    private static Task RefuseAsync(HttpContext context, string code, string message)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.Headers["X-Error-Code"] = code;
        context.Response.Headers["X-Error-Message"] = message;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsJsonAsync(new MirrorError(message), MirrorJson.Default.MirrorError, cancellationToken: context.RequestAborted);
    }
}
