using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Exo.Api.Http.Ollama;

/// <summary><c>/api/pull</c> as Ollama has it: a status a line, each file's bytes as they come.</summary>
internal sealed class OllamaPull(IExoService service, HttpLimits limits, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/pull", Guarded.Endpoint(PullAsync, TellAsync));

    private async Task PullAsync(HttpContext context)
    {
        var question = await Guarded.ReadAsync(context, OllamaJson.Default.OllamaPullQuestion);
        var model = question.Model ?? question.Name ?? throw new FieldException("model", "'model' is missing: org/name[@revision]");
        var statuses = PullAsync(new PullRequest { Model = model }, context.RequestAborted);
        if (question.Stream == false) await WaitAsync(context, statuses);
        else await StreamAsync(context, statuses);
    }

    /// <summary>Ollama's clients read a text there.</summary>
    private static Task TellAsync(HttpContext context, int status, ErrorBody body)
    {
        HttpErrors.Begin(context, status);
        return context.Response.WriteAsJsonAsync(new OllamaError(body.Error.Message), OllamaJson.Default.OllamaError, cancellationToken: context.RequestAborted);
    }

    private static async Task WaitAsync(HttpContext context, IAsyncEnumerable<OllamaStatus> statuses)
    {
        var last = new OllamaStatus("success");
        await foreach (var status in statuses) last = status;
        await context.Response.WriteAsJsonAsync(last, OllamaJson.Default.OllamaStatus, cancellationToken: context.RequestAborted);
    }

    private async Task StreamAsync(HttpContext context, IAsyncEnumerable<OllamaStatus> statuses)
    {
        var stream = new LineStream(context, asEvents: false);
        try
        {
            await foreach (var next in statuses.WithSilences(limits.Heartbeat, time, context.RequestAborted))
                await (next.IsSilence ? stream.BeatAsync() : stream.SendAsync(next.Item, OllamaJson.Default.OllamaStatus));
        }
        catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested)
        {
            if (context.Response.HasStarted) await stream.SendAsync(new OllamaError(HttpErrors.Of(failure).Body.Error.Message), OllamaJson.Default.OllamaError);
            else throw;
        }
    }

    private async IAsyncEnumerable<OllamaStatus> PullAsync(PullRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new OllamaStatus("pulling manifest");
        var told = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var progress in service.PullAsync(request, cancellationToken))
        {
            foreach (var file in progress.Files)
            {
                if (told.TryGetValue(file.Path, out var before) && before == file.DoneByteCount) continue;
                told[file.Path] = file.DoneByteCount;
                yield return new OllamaStatus($"pulling {file.Path}") { Digest = file.Path, Total = file.ByteCount, Completed = file.DoneByteCount };
            }
        }
        yield return new OllamaStatus("success");
    }
}

/// <param name="Name">The older name of model.</param>
/// <param name="Stream">Default true.</param>
internal sealed record OllamaPullQuestion(string? Model = null, string? Name = null, bool? Stream = null);

internal sealed record OllamaStatus(string Status)
{
    /// <summary>What a client keeps a bar for: the file's path.</summary>
    public string? Digest { get; init; }

    public long? Total { get; init; }

    public long? Completed { get; init; }
}

internal sealed record OllamaError(string Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OllamaPullQuestion))]
[JsonSerializable(typeof(OllamaStatus))]
[JsonSerializable(typeof(OllamaError))]
internal sealed partial class OllamaJson : JsonSerializerContext;
