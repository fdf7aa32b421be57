using Exo.Hub;

namespace Exo.Tests.Hub;

/// <summary>The variables that huggingface_hub reads, with its defaults.</summary>
public sealed class HubOptionsTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("exo-options-").FullName;

    [Fact]
    public void FromEnvironment_WithNothingSet_IsTheHubAndTheUsersCache()
    {
        var options = Read();
        Assert.Equal(new Uri("https://huggingface.co"), options.Endpoint);
        Assert.Equal(Path.Combine(_home, ".cache", "huggingface", "hub"), options.CacheFolder);
        Assert.Null(options.Token);
        Assert.False(options.Offline);
    }

    [Theory]
    [InlineData("HF_HUB_CACHE=/c", "/c")]
    [InlineData("HF_HOME=/h", "/h/hub")]
    [InlineData("XDG_CACHE_HOME=/x", "/x/huggingface/hub")]
    [InlineData("HUGGINGFACE_HUB_CACHE=/old", "/old")]
    [InlineData("HF_HOME=/h HF_HUB_CACHE=/c", "/c")]
    public void FromEnvironment_WithFolders_FollowsThem(string variables, string expected) => Assert.Equal(expected, Read(variables).CacheFolder);

    [Theory]
    [InlineData("HF_HUB_OFFLINE=1", true)]
    [InlineData("HF_HUB_OFFLINE=yes", true)]
    [InlineData("HF_HUB_OFFLINE=0", false)]
    [InlineData("TRANSFORMERS_OFFLINE=ON", true)]
    public void FromEnvironment_Offline_IsReadAsPythonReadsIt(string variables, bool expected) => Assert.Equal(expected, Read(variables).Offline);

    [Fact]
    public void FromEnvironment_Token_ComesFromVariableThenFileUnlessSwitchedOff()
    {
        var file = Path.Combine(_home, "token");
        File.WriteAllText(file, "hf_file\n");

        Assert.Equal("hf_file", Read($"HF_TOKEN_PATH={file}").Token);
        Assert.Equal("hf_file", Read($"HF_HOME={_home}").Token);
        Assert.Equal("hf_env", Read($"HF_TOKEN=hf_env HF_TOKEN_PATH={file}").Token);
        Assert.Null(Read($"HF_TOKEN_PATH={file} HF_HUB_DISABLE_IMPLICIT_TOKEN=1").Token);
    }

    [Theory]
    [InlineData("ftp://mirror")]
    [InlineData("mirror")]
    public void FromEnvironment_WithNoWebAddress_SaysSo(string endpoint)
    {
        var failure = Assert.Throws<HubException>(() => Read("HF_ENDPOINT=" + endpoint));
        Assert.Contains("HF_ENDPOINT", failure.Message);
        Assert.Contains(endpoint, failure.Message);
    }

    [Theory]
    [InlineData("", 512L << 20)]
    [InlineData("EXO_DISK_MARGIN=0", 0)]
    [InlineData("EXO_DISK_MARGIN=4096", 4096)]
    [InlineData("EXO_DISK_MARGIN=100M", 100L << 20)]
    [InlineData("EXO_DISK_MARGIN=1.5g", 3L << 29)]
    [InlineData("EXO_DISK_MARGIN=64K", 64L << 10)]
    public void FromEnvironment_DiskMargin_IsBytesOrASize(string variables, long expected) => Assert.Equal(expected, Read(variables).FreeSpaceMargin);

    [Theory]
    [InlineData("plenty")]
    [InlineData("-1G")]
    [InlineData("5%")]
    [InlineData("M")]
    [InlineData("1KM")]
    [InlineData("NaN")]
    [InlineData("-Infinity")]
    [InlineData("9999999999999G")]
    public void FromEnvironment_DiskMarginThatIsNoSize_SaysSo(string margin)
    {
        var failure = Assert.Throws<HubException>(() => Read("EXO_DISK_MARGIN=" + margin));
        Assert.Contains($"EXO_DISK_MARGIN is '{margin}'", failure.Message);
        Assert.Contains("100M", failure.Message);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    private HubOptions Read(string variables = "")
    {
        var set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        set["HOME"] = _home;
        return HubOptions.FromEnvironment(set.GetValueOrDefault);
    }
}
