using System.Net.Http.Headers;

namespace Exo.Tests.Hub.Server;

/// <summary>A plain client and a small repository, for the tests of the server itself.</summary>
internal static class HubServerFixture
{
    public const string Repo = "org/model";
    public const string Weights = "org/model/model.safetensors";

    public static ServedFile Large(long size = 300_000, ulong seed = 1) => new("model.safetensors", new SeededContent(seed, size)) { IsLfs = true };

    public static ServedFile Text(string path, string text = "{}") => new(path, new BytesContent(System.Text.Encoding.UTF8.GetBytes(text)));

    public static async Task<HubServer> StartAsync(HubServerOptions? options = null)
    {
        var hub = await HubServer.StartAsync(options);
        hub.Add(Repo, Large(), Text("config.json", """{"a":1}"""), Text("sub/two words.txt", "hello"));
        return hub;
    }

    /// <summary>A client that follows nothing and unpacks nothing.</summary>
    public static HttpClient OpenClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(30),
    };

    public static async Task<HttpResponseMessage> AskAsync(
        this HttpClient client, string address, string? range = null, string? token = null, HttpMethod? method = null, string? ifRange = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, address);
        if (range is not null) request.Headers.Range = RangeHeaderValue.Parse("bytes=" + range);
        if (ifRange is not null) request.Headers.IfRange = RangeConditionHeaderValue.Parse(ifRange);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public static string? Value(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    public static byte[] Slice(this ServedFile file, long start, int count)
    {
        var bytes = new byte[count];
        file.Content.Read(start, bytes);
        return bytes;
    }
}
