using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Exo.Api.Http;

/// <summary>A response that comes bit by bit: server-sent events, or a JSON record a line. Each part is on its way before the next is made.</summary>
internal sealed class LineStream(HttpContext context, bool asEvents)
{
    private readonly HttpResponse _response = context.Response;

    /// <summary>Sends one record.</summary>
    /// <param name="item">The record.</param>
    /// <param name="type">How it is written; in one line.</param>
    /// <param name="head">Lines of a server-sent event before its data: "id: 5\n".</param>
    public async Task SendAsync<T>(T item, JsonTypeInfo<T> type, string head = "")
    {
        Begin();
        if (asEvents) Write(head + "data: ");
        await using (var writer = new Utf8JsonWriter(_response.BodyWriter, new JsonWriterOptions { Encoder = type.Options.Encoder, SkipValidation = true }))
            JsonSerializer.Serialize(writer, item, type);
        await EndAsync(asEvents ? "\n\n" : "\n");
    }

    /// <summary>Sends a line that means something by itself: "[DONE]".</summary>
    public async Task SendAsync(string data)
    {
        Begin();
        await EndAsync($"data: {data}\n\n");
    }

    /// <summary>Says that somebody is there: a comment, or an empty line.</summary>
    public async Task BeatAsync()
    {
        Begin();
        await EndAsync(asEvents ? ": \n\n" : "\n");
    }

    /// <summary>Tells a failure: with its status where nothing was sent, as the last record where something was.</summary>
    public async Task FailAsync(Exception failure)
    {
        var (status, body) = HttpErrors.Of(failure);
        if (status == StatusCodes.Status500InternalServerError && failure is not ExoException) Guarded.LogUnexpected(context, failure);
        if (_response.HasStarted) await SendAsync(body, HttpJson.Line.ErrorBody);
        else await HttpErrors.WriteAsync(context, status, body);
    }

    private void Begin()
    {
        if (_response.HasStarted) return;
        _response.ContentType = asEvents ? "text/event-stream; charset=utf-8" : "application/x-ndjson; charset=utf-8";
        _response.Headers.CacheControl = "no-cache";
        _response.Headers["X-Accel-Buffering"] = "no"; // Proxies are to hand on what they have.
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text.AsSpan(), _response.BodyWriter);

    private async Task EndAsync(string text)
    {
        Write(text);
        var flushed = await _response.BodyWriter.FlushAsync(context.RequestAborted);
        if (flushed.IsCompleted) context.RequestAborted.ThrowIfCancellationRequested();
    }
}
