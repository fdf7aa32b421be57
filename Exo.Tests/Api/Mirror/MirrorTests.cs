using System.Net;
using System.Text.Json;
using Exo.Tests.Hub.Server;
using static Exo.Tests.Hub.Server.HubServerFixture;

namespace Exo.Tests.Api.Mirror;

public sealed class MirrorTests
{
    /// <summary>What snapshot_download of huggingface_hub asks: the facts, a HEAD of each file, and a GET that resumes.</summary>
    [Fact]
    public async Task Snapshot_AskedAsHuggingFaceHubDoes_ComesWhole()
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();

        var info = JsonDocument.Parse(await client.GetStringAsync($"{mirror.Endpoint}/api/models/org/model/revision/main")).RootElement;
        Assert.Equal(MirrorStore.Commit, info.GetProperty("sha").GetString());
        Assert.Equal("org/model", info.GetProperty("id").GetString());
        foreach (var sibling in info.GetProperty("siblings").EnumerateArray())
        {
            var path = sibling.GetProperty("rfilename").GetString()!;
            var address = $"{mirror.Endpoint}/org/model/resolve/main/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";
            using var head = await client.AskAsync(address, method: HttpMethod.Head);
            using var rest = await client.AskAsync(address, "3-");

            var expected = File.ReadAllBytes(Path.Combine(store.Snapshot, path));
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
            Assert.Equal(MirrorStore.Commit, head.Value("X-Repo-Commit"));
            Assert.Equal($"\"{Path.GetFileName(new FileInfo(Path.Combine(store.Snapshot, path)).LinkTarget)}\"", head.Value("ETag"));
            Assert.Equal(head.Value("ETag"), head.Value("X-Linked-Etag"));
            Assert.Equal($"{expected.Length}", head.Value("X-Linked-Size"));
            Assert.Equal($"{expected.Length}", head.Value("Content-Length"));
            Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
            Assert.Equal(expected[3..], await rest.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task Info_WithBlobs_TellsSizesAndHashes()
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();

        var info = JsonDocument.Parse(await client.GetStringAsync($"{mirror.Endpoint}/api/models/org/model?blobs=true")).RootElement;

        var weights = info.GetProperty("siblings")[1];
        Assert.Equal(Large().Sha256, weights.GetProperty("lfs").GetProperty("sha256").GetString());
        Assert.Equal(Large().GitSha1, weights.GetProperty("blobId").GetString());
        Assert.Equal(300_000, weights.GetProperty("size").GetInt64());
    }

    [Theory]
    [InlineData("tree/main?recursive=true&limit=2", "sub config.json model.safetensors sub/two words.txt", 2)]
    [InlineData("tree/main?recursive=true&expand=false", "sub config.json model.safetensors sub/two words.txt", 1)]
    [InlineData("tree/main", "sub config.json model.safetensors", 1)]
    [InlineData("tree/main/sub", "sub/two words.txt", 1)]
    public async Task Tree_InPages_ListsEverything(string address, string paths, int pages)
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();
        var listed = new List<string>();
        var count = 0;

        for (string? next = $"{mirror.Endpoint}/api/models/org/model/{address}"; next is not null; count++)
        {
            using var page = await client.AskAsync(next);
            listed.AddRange(JsonDocument.Parse(await page.Content.ReadAsStringAsync()).RootElement.EnumerateArray().Select(entry => entry.GetProperty("path").GetString()!));
            next = page.Value("Link") is { } link ? link[1..link.IndexOf('>')] : null;
        }

        Assert.Equal(pages, count);
        Assert.Equal(paths.Replace("two words", "two_words").Split(' ').Order(), listed.Select(path => path.Replace(' ', '_')).Order());
    }

    [Theory]
    [InlineData("application/json", """{"paths":["config.json","sub","none"],"expand":true}""", 200)]
    [InlineData("application/x-www-form-urlencoded", "paths=config.json&paths=sub&paths=none&expand=False", 200)]
    [InlineData("application/json", "nonsense", 400)]
    public async Task PathsInfo_AskedEitherWay_TellsWhatIsThere(string contentType, string question, int status)
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();

        using var answer = await client.PostAsync($"{mirror.Endpoint}/api/models/org/model/paths-info/main", new StringContent(question, null, contentType));

        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 200) Assert.Equal(["config.json", "sub"], JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.EnumerateArray().Select(entry => entry.GetProperty("path").GetString()!).Order());
    }

    [Fact]
    public async Task Revision_Head_MeansMain()
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();

        Assert.Contains(MirrorStore.Commit, await client.GetStringAsync($"{mirror.Endpoint}/api/models/org/model/revision/HEAD?expand=sha"));
    }

    [Theory]
    [InlineData("10-19", null, 206, "bytes 10-19/300000")]
    [InlineData("-5", null, 206, "bytes 299995-299999/300000")]
    [InlineData("300000-", null, 416, "bytes */300000")]
    [InlineData("10-19", "\"other\"", 200, null)]
    public async Task Range_OfAWholeFile_FollowsTheStandard(string range, string? ifRange, int status, string? contentRange)
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();

        using var answer = await client.AskAsync($"{mirror.Endpoint}/org/model/resolve/{MirrorStore.Commit}/model.safetensors", range, ifRange: ifRange);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(contentRange, answer.Value("Content-Range"));
        if (status == 206) Assert.Equal(Large().Content.ToArray()[^(300_000 - (int)answer.Content.Headers.ContentRange!.From!)..][..(int)answer.Content.Headers.ContentLength!], await answer.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/api/models/org/other", "RepoNotFound")]
    [InlineData("/api/models/org/model/revision/v2", "RevisionNotFound")]
    [InlineData("/api/models/org/model/tree/main/nowhere", "EntryNotFound")]
    [InlineData("/org/model/resolve/main/nothing.bin", "EntryNotFound")]
    [InlineData("/org/model/resolve/main/", "EntryNotFound")]
    [InlineData("/org/model/resolve/v2/config.json", "RevisionNotFound")]
    [InlineData("/org/other/resolve/main/config.json", "RepoNotFound")]
    [InlineData("/org/model/raw/main/nothing.bin", "EntryNotFound")]
    [InlineData("/org/other/raw/main/config.json", "RepoNotFound")]
    [InlineData("/exo/ranges/org%2Fmodel/main/nothing.bin", "EntryNotFound")]
    public async Task Request_OfWhatIsNotHere_SaysSoInTheHubsWords(string address, string code)
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();

        using var answer = await client.AskAsync(mirror.Endpoint + address);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(code, answer.Value("X-Error-Code"));
        Assert.Contains("mirror", answer.Value("X-Error-Message"));
    }

    /// <summary>The hub's JavaScript client asks there whether a file exists.</summary>
    [Fact]
    public async Task Raw_OfASmallAndALargeFile_IsWhatGitHolds()
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();
        var large = Large().Content.ToArray();

        using var head = await client.AskAsync($"{mirror.Endpoint}/org/model/raw/main/model.safetensors", method: HttpMethod.Head);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal("""{"a":1}""", await client.GetStringAsync($"{mirror.Endpoint}/org/model/raw/main/config.json"));
        Assert.Equal(
            $"version https://git-lfs.github.com/spec/v1\noid sha256:{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(large))}\nsize {large.Length}\n",
            await client.GetStringAsync($"{mirror.Endpoint}/org/model/raw/main/model.safetensors"));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Writing_OfAnyKind_IsRefused(string method)
    {
        using var store = new MirrorStore().Fill();
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();

        foreach (var address in new[] { "/org/model/resolve/main/config.json", "/api/models/org/model", "/exo/ranges/org%2Fmodel/main/config.json" })
        {
            using var answer = await client.AskAsync(mirror.Endpoint + address, method: new HttpMethod(method));
            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        }
        Assert.True(File.Exists(Path.Combine(store.Snapshot, "config.json")));
    }

    [Theory]
    [InlineData("/org/model/resolve/main/../../../../../secret.txt")]
    [InlineData("/org/model/resolve/main/..%2f..%2f..%2f..%2f..%2fsecret.txt")]
    [InlineData("/org/model/resolve/main/..%2F..%2F..%2F..%2Fsecret.txt")]
    [InlineData("/org/model/resolve/main/%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret.txt")]
    [InlineData("/org/model/resolve/main/..%252f..%252f..%252f..%252fsecret.txt")]
    [InlineData("/org/model/resolve/main/..%5c..%5c..%5c..%5csecret.txt")]
    [InlineData("/org/model/resolve/main/{root}/secret.txt")]
    [InlineData("/org/model/resolve/main/%2F{root}/secret.txt")]
    [InlineData("/org/model/resolve/main/config.json%00.txt")]
    [InlineData("/org/model/resolve/main/sub/../../../../../../secret.txt")]
    [InlineData("/org/model/resolve/..%2f..%2f..%2f..%2f/secret.txt")]
    [InlineData("/org/model/resolve/..%2f..%2f..%2f..%2fsecret.txt/x")]
    [InlineData("/..%2f..%2f/resolve/main/secret.txt")]
    [InlineData("/..%2f../..%2fx/resolve/main/secret.txt")]
    [InlineData("/org/model/resolve/main/evil-link")]
    [InlineData("/org/model/resolve/main/evil-folder/secret.txt")]
    [InlineData("/org/model/resolve/main/secret.txt")]
    [InlineData("/exo/ranges/org%2Fmodel/main/..%2f..%2f..%2f..%2fsecret.txt")]
    [InlineData("/api/models/org/model/tree/main/..%2f..%2f..%2f..")]
    public async Task Path_ThatLeadsOutOfTheStore_IsNotFound(string address)
    {
        using var store = new MirrorStore().Fill();
        store.Link("evil-link", Path.Combine(store.Root, "secret.txt"));
        Directory.CreateSymbolicLink(Path.Combine(store.Snapshot, "evil-folder"), store.Root);
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();

        var raw = new Uri(mirror.Endpoint + address.Replace("{root}", store.Root), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var answer = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, raw));

        Assert.True((int)answer.StatusCode is 400 or 404, $"{(int)answer.StatusCode}");
        Assert.DoesNotContain(MirrorStore.Secret, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Tree_OfASnapshotWithForeignLinks_LeavesThemOut()
    {
        using var store = new MirrorStore().Fill();
        store.Link("evil-link", Path.Combine(store.Root, "secret.txt"));
        await using var mirror = await MirrorServer.StartAsync(store.Options);
        using var client = OpenClient();

        Assert.DoesNotContain("evil", await client.GetStringAsync($"{mirror.Endpoint}/api/models/org/model/tree/main?recursive=true"));
    }
}
