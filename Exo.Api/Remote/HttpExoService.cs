using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Exo.Api.Http.Native;

namespace Exo.Api.Remote;

/// <summary>Asks a server or silo over HTTP. Nothing is sent before something is asked.</summary>
public sealed class HttpExoService : IExoService
{
    private static readonly ExoJson Json = ExoJson.Line;

    private readonly HttpClient _client;
    private readonly ServerExchange _exchange;
    private readonly TimeProvider _time;

    /// <param name="server">Where, and with which key.</param>
    /// <param name="handler">What carries the requests; null: sockets.</param>
    /// <param name="time">For the patience with a silent server; null: the system's.</param>
    public HttpExoService(ServerAddress server, HttpMessageHandler? handler = null, TimeProvider? time = null)
    {
        _client = new HttpClient(handler ?? Sockets(server)) { Timeout = Timeout.InfiniteTimeSpan };
        _exchange = new ServerExchange(server, _client);
        _time = time ?? TimeProvider.System;
    }

    public Task<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellationToken = default) => GetAsync(Wire.List, Json.IReadOnlyListStoredModel, cancellationToken);

    public Task<ModelCard> ShowAsync(string model, CancellationToken cancellationToken = default) => PostAsync(Wire.Show, Question(model), Json.ModelCard, cancellationToken);

    public Task<PullPlan> PlanPullAsync(PullRequest request, CancellationToken cancellationToken = default) => PostAsync(Wire.Plan, Of(request, Json.PullRequest), Json.PullPlan, cancellationToken);

    public IAsyncEnumerable<PullProgress> PullAsync(PullRequest request, CancellationToken cancellationToken = default) =>
        StreamAsync(Wire.Pull, () => Of(request, Json.PullRequest), Json.PullProgress, last => last.Phase == PullPhase.Done, cancellationToken);

    public Task<PullProgress> ControlPullAsync(PullControl control, CancellationToken cancellationToken = default) =>
        PostAsync(Wire.Control, Of(control, Json.PullControl), Json.PullProgress, cancellationToken);

    public IAsyncEnumerable<VerifyProgress> VerifyAsync(string model, CancellationToken cancellationToken = default) =>
        StreamAsync(Wire.Verify, () => Question(model), Json.VerifyProgress, last => last.Done, cancellationToken);

    public Task<RemovedModel> RemoveAsync(string model, CancellationToken cancellationToken = default) => PostAsync(Wire.Remove, Question(model), Json.RemovedModel, cancellationToken);

    public Task<TokenizedText> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) =>
        PostAsync(Wire.Tokenize, Of(request, Json.TokenizeRequest), Json.TokenizedText, cancellationToken);

    public IAsyncEnumerable<LoadProgress> LoadAsync(LoadRequest request, CancellationToken cancellationToken = default) =>
        StreamAsync(Wire.Load, () => Of(request, Json.LoadRequest), Json.LoadProgress, last => last.Model is not null, cancellationToken);

    public async Task<bool> UnloadAsync(string model, CancellationToken cancellationToken = default) =>
        (await PostAsync(Wire.Unload, Question(model), NativeJson.Line.Unloaded, cancellationToken)).WasLoaded;

    public Task<IReadOnlyList<LoadedModelInfo>> ListLoadedAsync(CancellationToken cancellationToken = default) => GetAsync(Wire.Loaded, Json.IReadOnlyListLoadedModelInfo, cancellationToken);

    public IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken = default) =>
        StreamAsync(Wire.Answer, () => Of(request, Json.AnswerRequest), Json.AnswerEvent, last => last.FinishReason is not null, cancellationToken);

    public Task<PlacementReport> PlaceAsync(PlaceRequest request, CancellationToken cancellationToken = default) => PostAsync(Wire.Place, Of(request, Json.PlaceRequest), Json.PlacementReport, cancellationToken);

    public Task<ServiceState> GetStateAsync(CancellationToken cancellationToken = default) => GetAsync(Wire.State, Json.ServiceState, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) => _exchange.AskAsync(HttpMethod.Get, path, null, type, cancellationToken);

    private Task<T> PostAsync<T>(string path, HttpContent question, JsonTypeInfo<T> type, CancellationToken cancellationToken) => _exchange.AskAsync(HttpMethod.Post, path, question, type, cancellationToken);

    /// <summary>A stream that ends before its last record was cut, whatever the line says.</summary>
    private async IAsyncEnumerable<T> StreamAsync<T>(string path, Func<HttpContent> question, JsonTypeInfo<T> type, Func<T, bool> isLast, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ended = false;
        await foreach (var next in _exchange.ReadAsync(path, question(), type, _time, cancellationToken))
        {
            ended = isLast(next);
            yield return next;
        }
        if (!ended) throw _exchange.Broken(null);
    }

    private static JsonContent Question(string model) => Of(new ModelQuestion(model), NativeJson.Line.ModelQuestion);

    private static JsonContent Of<T>(T message, JsonTypeInfo<T> type) => JsonContent.Create(message, type);

    private static SocketsHttpHandler Sockets(ServerAddress server) => new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(10),
        UseProxy = !server.Url.IsLoopback,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
    };
}
