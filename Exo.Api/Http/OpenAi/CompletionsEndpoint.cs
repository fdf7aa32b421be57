using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Exo.Api.Http.OpenAi;

/// <summary><c>/v1/completions</c>: texts gone on with.</summary>
internal sealed class CompletionsEndpoint(Answering answering, HttpLimits limits, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/completions", Guarded.Endpoint(AnswerAsync));

    private async Task AnswerAsync(HttpContext context)
    {
        var question = await Guarded.ReadAsync(context, OpenAiJson.Line.CompletionsQuestion);
        var requests = QuestionReader.Read(question, limits);
        var answered = new Answered("cmpl", question.Model!, time);
        var writers = requests.Select(request => new CompletionWriter(request, question.Logprobs)).ToArray();
        if (question.Stream == true) await StreamAsync(context, question, requests, writers, answered);
        else await CollectAsync(context, question, requests, writers, answered);
    }

    private async Task CollectAsync(HttpContext context, CompletionsQuestion question, IReadOnlyList<AnswerRequest> requests, CompletionWriter[] writers, Answered answered)
    {
        var parts = requests.Select(_ => new List<CompletionPart>()).ToArray();
        await foreach (var next in answering.AnswerAsync(requests, context.RequestAborted))
        {
            answered.Note(next);
            parts[next.Index].AddRange(writers[next.Index].Write(next.Event));
        }
        var choices = parts.Select((choice, index) => CompletionPart.Join(choice).AsChoice(index));
        await context.Response.WriteAsJsonAsync(
            Completion(answered, [.. choices]) with { Usage = answered.Usage(question.N ?? 1) }, OpenAiJson.Line.TextCompletion, cancellationToken: context.RequestAborted);
    }

    private async Task StreamAsync(HttpContext context, CompletionsQuestion question, IReadOnlyList<AnswerRequest> requests, CompletionWriter[] writers, Answered answered)
    {
        var stream = new LineStream(context, asEvents: true);
        try
        {
            await foreach (var next in answering.AnswerAsync(requests, context.RequestAborted).WithSilences(limits.Heartbeat, time, context.RequestAborted))
            {
                if (next.IsSilence)
                {
                    await stream.BeatAsync();
                    continue;
                }
                answered.Note(next.Item);
                foreach (var part in writers[next.Item.Index].Write(next.Item.Event))
                    await stream.SendAsync(Completion(answered, [part.AsChoice(next.Item.Index)]), OpenAiJson.Line.TextCompletion);
            }
            if (question.StreamOptions?.IncludeUsage == true) await stream.SendAsync(Completion(answered, []) with { Usage = answered.Usage(question.N ?? 1) }, OpenAiJson.Line.TextCompletion);
            await stream.SendAsync("[DONE]");
        }
        catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested)
        {
            await stream.FailAsync(failure);
        }
    }

    private static TextCompletion Completion(Answered answered, IReadOnlyList<TextChoice> choices) => new()
    {
        Id = answered.Id,
        Created = answered.Created,
        Model = answered.Model,
        SystemFingerprint = Answered.Fingerprint,
        Choices = choices,
    };
}
