using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Exo.Api.Http.OpenAi;

/// <summary><c>/v1/chat/completions</c>: a conversation's next message.</summary>
internal sealed class ChatEndpoint(Answering answering, HttpLimits limits, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/chat/completions", Guarded.Endpoint(AnswerAsync));

    private async Task AnswerAsync(HttpContext context)
    {
        var question = await Guarded.ReadAsync(context, OpenAiJson.Line.ChatQuestion);
        var requests = QuestionReader.Read(question, limits);
        var answered = new Answered("chatcmpl", question.Model!, time);
        if (question.Stream == true) await StreamAsync(context, question, requests, answered);
        else await CollectAsync(context, question, requests, answered);
    }

    private async Task CollectAsync(HttpContext context, ChatQuestion question, IReadOnlyList<AnswerRequest> requests, Answered answered)
    {
        var choices = requests.Select(_ => new Gathered()).ToArray();
        await foreach (var next in answering.AnswerAsync(requests, context.RequestAborted))
        {
            answered.Note(next);
            choices[next.Index].Add(next.Event);
        }
        var completion = new ChatCompletion
        {
            Id = answered.Id,
            Created = answered.Created,
            Model = answered.Model,
            SystemFingerprint = Answered.Fingerprint,
            Choices = [.. choices.Select((choice, index) => new ChatChoice(
                index, new ChatText("assistant", choice.Text.ToString()), question.Logprobs == true ? ChatLogprobs.Of(choice.Tokens) : null, Answered.Reason(choice.Reason)))],
            Usage = answered.Usage(question.N ?? 1),
        };
        await context.Response.WriteAsJsonAsync(completion, OpenAiJson.Line.ChatCompletion, cancellationToken: context.RequestAborted);
    }

    private async Task StreamAsync(HttpContext context, ChatQuestion question, IReadOnlyList<AnswerRequest> requests, Answered answered)
    {
        var stream = new LineStream(context, asEvents: true);
        try
        {
            await foreach (var next in answering.AnswerAsync(requests, context.RequestAborted).WithSilences(limits.Heartbeat, time, context.RequestAborted))
            {
                if (next.IsSilence) await stream.BeatAsync();
                else if (ChoiceOf(next.Item, question.Logprobs == true) is { } choice) await stream.SendAsync(Chunk(answered, [choice]), OpenAiJson.Line.ChatChunk);
                if (!next.IsSilence) answered.Note(next.Item);
            }
            if (question.StreamOptions?.IncludeUsage == true) await stream.SendAsync(Chunk(answered, []) with { Usage = answered.Usage(question.N ?? 1) }, OpenAiJson.Line.ChatChunk);
            await stream.SendAsync("[DONE]");
        }
        catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested)
        {
            await stream.FailAsync(failure);
        }
    }

    /// <summary>What there is to tell of an event; null where there is nothing.</summary>
    private static ChatChunkChoice? ChoiceOf(ChoiceEvent next, bool tellsLogprobs)
    {
        var told = next.Event;
        if (told.PromptTokens is not null) return new ChatChunkChoice(next.Index, new ChatDelta("assistant", ""), null, null);
        if (told.Text.Length == 0 && told.FinishReason is null && !(tellsLogprobs && told.Tokens.Count > 0)) return null;
        return new ChatChunkChoice(
            next.Index,
            new ChatDelta(null, told.Text.Length > 0 ? told.Text : null),
            tellsLogprobs && told.Tokens.Count > 0 ? ChatLogprobs.Of(told.Tokens) : null,
            told.FinishReason is { } reason ? Answered.Reason(reason) : null);
    }

    private static ChatChunk Chunk(Answered answered, IReadOnlyList<ChatChunkChoice> choices) => new()
    {
        Id = answered.Id,
        Created = answered.Created,
        Model = answered.Model,
        SystemFingerprint = Answered.Fingerprint,
        Choices = choices,
    };

    private sealed class Gathered
    {
        public StringBuilder Text { get; } = new();

        public List<AnswerToken> Tokens { get; } = [];

        public FinishReason Reason { get; private set; }

        public void Add(AnswerEvent next)
        {
            Text.Append(next.Text);
            Tokens.AddRange(next.Tokens);
            Reason = next.FinishReason ?? Reason;
        }
    }
}
