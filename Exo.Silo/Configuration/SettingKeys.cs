namespace Exo.Silo.Configuration;

/// <summary>Everything that can be set, in the order of the help.</summary>
internal static class SettingKeys
{
    public static readonly SettingKey Name = new("name", "NAME", "What this node is called; default: the machine's name, numbered where another silo here has it");
    public static readonly SettingKey ClusterId = new("cluster-id", "ID", "Silos with the same id find each other; default: exo");
    public static readonly SettingKey Redis = new("redis", "HOST:PORT[,user=…,password=…,ssl=true]", "Where silos of several machines meet; without it the cluster is this machine's silos");
    public static readonly SettingKey RedisCa = new("redis-ca", "FILE", "The authority that signed Redis's certificate, as PEM; default: those this machine trusts");
    public static readonly SettingKey RedisWait = new("redis-wait", "SECONDS", "How long to wait for Redis at start; default: 30");
    public static readonly SettingKey Advertise = new("advertise", "ADDRESS", "Where the other silos reach this one; default: the address that this machine reaches Redis from");
    public static readonly SettingKey SiloPort = new("silo-port", "PORT", "The port for the other silos; default: 11111, or the next that is free");
    public static readonly SettingKey GatewayPort = new("gateway-port", "PORT", "A port for Orleans clients; default: 0, none, because Exo needs none");
    public static readonly SettingKey JoinWait = new("join-wait", "SECONDS", "How long to try to reach every silo of the cluster at start; default: 60");
    public static readonly SettingKey Http = new("http", "ADDRESS:PORT", "Where the API and the dashboard listen; default: 127.0.0.1:52415, or the next port that is free");
    public static readonly SettingKey ApiKey = new("api-key", "KEY", "What callers of the API must send as bearer token, and nodes to each other's mirrors; needed beyond 127.0.0.1");
    public static readonly SettingKey CorsOrigin = new("cors-origin", "URLS", "Web pages of these origins may ask the API, with commas between; default: none");
    public static readonly SettingKey Devices = new("devices", "LIST", "What runs layers here, with commas between; default: cpu");
    public static readonly SettingKey Threads = new("threads", "COUNT", "Compute threads of this node; default: one for each core");
    public static readonly SettingKey Memory = new("memory", "SIZE", "What models may take of this node's memory, like 24G or 80%; default: what is free");
    public static readonly SettingKey KeepAlive = new("keep-alive", "TIME", "How long a model asked for here stays in memory once nobody asks it, like 5m or 1h30m; 0 not at all, -1 until its memory is needed; default: -1");
    public static readonly SettingKey TlsCert = new("tls-cert", "FILE", "This silo's certificate, as PEM: silos then speak TLS among themselves and know each other by it");
    public static readonly SettingKey TlsKey = new("tls-key", "FILE", "The certificate's key, as PEM");
    public static readonly SettingKey TlsCa = new("tls-ca", "FILE", "The cluster's own authority, as PEM: whom it has signed is let in");
    public static readonly SettingKey Drain = new("drain", "SECONDS", "How long answers may take to end once the silo is told to stop; default: 20");
    public static readonly SettingKey Home = new("home", "FOLDER", "Where silos of this machine find each other; default: the user's folder for application data");
    public static readonly SettingKey Verbose = new("verbose", null, "Log what the silo and Orleans do");

    public static readonly IReadOnlyList<SettingKey> All =
    [
        Name, ClusterId, Redis, RedisCa, RedisWait, Advertise, SiloPort, GatewayPort, JoinWait,
        Http, ApiKey, CorsOrigin, Devices, Threads, Memory, KeepAlive, TlsCert, TlsKey, TlsCa, Drain, Home, Verbose,
    ];
}
