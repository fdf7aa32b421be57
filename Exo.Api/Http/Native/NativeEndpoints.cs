using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Exo.Api.Http.Native;

/// <summary>The service contract over HTTP as it stands, for consoles: each member an address, each message its own JSON, each stream a record a line.</summary>
internal sealed class NativeEndpoints(IExoService service, Answering answering, HttpLimits limits, TimeProvider time)
{
    private static readonly ExoJson Json = ExoJson.Line;

    public void Map(IEndpointRouteBuilder routes)
    {
        MapGet(routes, Wire.List, service.ListAsync, Json.IReadOnlyListStoredModel);
        MapGet(routes, Wire.Loaded, service.ListLoadedAsync, Json.IReadOnlyListLoadedModelInfo);
        MapGet(routes, Wire.State, service.GetStateAsync, Json.ServiceState);

        MapPost(routes, Wire.Show, NativeJson.Line.ModelQuestion, (question, token) => service.ShowAsync(question.Model, token), Json.ModelCard);
        MapPost(routes, Wire.Plan, Json.PullRequest, service.PlanPullAsync, Json.PullPlan);
        MapPost(routes, Wire.Control, Json.PullControl, service.ControlPullAsync, Json.PullProgress);
        MapPost(routes, Wire.Remove, NativeJson.Line.ModelQuestion, (question, token) => service.RemoveAsync(question.Model, token), Json.RemovedModel);
        MapPost(routes, Wire.Tokenize, Json.TokenizeRequest, service.TokenizeAsync, Json.TokenizedText);
        MapPost(routes, Wire.Unload, NativeJson.Line.ModelQuestion, async (question, token) => new Unloaded(await service.UnloadAsync(question.Model, token)), NativeJson.Line.Unloaded);
        MapPost(routes, Wire.Place, Json.PlaceRequest, service.PlaceAsync, Json.PlacementReport);

        MapStream(routes, Wire.Pull, Json.PullRequest, service.PullAsync, Json.PullProgress);
        MapStream(routes, Wire.Verify, NativeJson.Line.ModelQuestion, (question, token) => service.VerifyAsync(question.Model, token), Json.VerifyProgress);
        MapStream(routes, Wire.Load, Json.LoadRequest, service.LoadAsync, Json.LoadProgress);
        MapStream(routes, Wire.Answer, Json.AnswerRequest, AnswerAsync, Json.AnswerEvent, isAwaited: true);
    }

    private async IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var next in answering.AnswerAsync([request], cancellationToken)) yield return next.Event;
    }

    private static void MapGet<TAnswer>(IEndpointRouteBuilder routes, string path, Func<CancellationToken, Task<TAnswer>> ask, JsonTypeInfo<TAnswer> type) =>
        routes.MapGet(path, Guarded.Endpoint(async context =>
        {
            Agree(context);
            await context.Response.WriteAsJsonAsync(await ask(context.RequestAborted), type, cancellationToken: context.RequestAborted);
        }));

    private static void MapPost<TQuestion, TAnswer>(
        IEndpointRouteBuilder routes, string path, JsonTypeInfo<TQuestion> questionType, Func<TQuestion, CancellationToken, Task<TAnswer>> ask, JsonTypeInfo<TAnswer> answerType)
        where TQuestion : class =>
        routes.MapPost(path, Guarded.Endpoint(async context =>
        {
            Agree(context);
            var question = await Guarded.ReadAsync(context, questionType);
            await context.Response.WriteAsJsonAsync(await ask(question, context.RequestAborted), answerType, cancellationToken: context.RequestAborted);
        }));

    /// <param name="isAwaited">A server that ends waits for it; others can be taken up again.</param>
    private void MapStream<TQuestion, TItem>(
        IEndpointRouteBuilder routes, string path, JsonTypeInfo<TQuestion> questionType, Func<TQuestion, CancellationToken, IAsyncEnumerable<TItem>> ask, JsonTypeInfo<TItem> itemType, bool isAwaited = false)
        where TQuestion : class =>
        routes.MapPost(path, Guarded.Endpoint(async context =>
        {
            Agree(context);
            var question = await Guarded.ReadAsync(context, questionType);
            var stream = new LineStream(context, asEvents: false);
            using var end = isAwaited ? CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted) : Guarded.UntilStopping(context);
            try
            {
                await foreach (var next in ask(question, end.Token).WithSilences(limits.Heartbeat, time, end.Token))
                    await (next.IsSilence ? stream.BeatAsync() : stream.SendAsync(next.Item, itemType));
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
            {
                await stream.FailAsync(new ExoException(ExoErrorKind.Unavailable, "the server is ending: ask the next one, which goes on from here"));
            }
            catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested)
            {
                await stream.FailAsync(failure);
            }
        }));

    /// <summary>Whoever sends no version is taken for a person with curl.</summary>
    private static void Agree(HttpContext context)
    {
        context.Response.Headers[Wire.VersionHeader] = Wire.Version;
        var theirs = context.Request.Headers[Wire.VersionHeader].ToString();
        if (theirs is not ("" or Wire.Version))
            throw new ExoException(ExoErrorKind.BadRequest, $"this server speaks version {Wire.Version} of Exo's protocol, the console version {theirs}: use the same version of Exo on both");
    }
}
