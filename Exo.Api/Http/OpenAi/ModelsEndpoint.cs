using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Exo.Api.Http.OpenAi;

/// <summary><c>/v1/models</c>: those that can be asked, and one of them.</summary>
internal sealed class ModelsEndpoint(IExoService service)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", Guarded.Endpoint(ListAsync));
        routes.MapGet("/v1/models/{**id}", Guarded.Endpoint(ShowAsync));
    }

    private async Task ListAsync(HttpContext context) =>
        await context.Response.WriteAsJsonAsync(new ModelList(await ModelsAsync(context.RequestAborted)), OpenAiJson.Line.ModelList, cancellationToken: context.RequestAborted);

    private async Task ShowAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        var model = (await ModelsAsync(context.RequestAborted)).FirstOrDefault(model => model.Id == id)
            ?? throw new ExoException(ExoErrorKind.ModelNotFound, $"there is no model {id} here: /v1/models lists those at hand, POST /api/pull fetches others");
        await context.Response.WriteAsJsonAsync(model, OpenAiJson.Line.Model, cancellationToken: context.RequestAborted);
    }

    /// <summary>What lacks files can't be asked.</summary>
    private async Task<IReadOnlyList<Model>> ModelsAsync(CancellationToken cancellationToken)
    {
        var stored = await service.ListAsync(cancellationToken);
        return [.. stored.Where(model => model.Complete).Select(model => new Model(model.Name, model.Modified?.ToUnixTimeSeconds() ?? 0, OwnerOf(model.Name)))];
    }

    private static string OwnerOf(string name) => name.IndexOf('/') is > 0 and var slash ? name[..slash] : "exo";
}

internal sealed record ModelList(IReadOnlyList<Model> Data)
{
    public string Object => "list";
}

/// <param name="Created">Seconds since 1970; 0 where it isn't known.</param>
internal sealed record Model(string Id, long Created, string OwnedBy)
{
    public string Object => "model";
}
