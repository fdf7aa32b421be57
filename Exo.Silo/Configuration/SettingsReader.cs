namespace Exo.Silo.Configuration;

/// <summary>Makes settings of texts. What is wrong is refused here, before anything starts, with the setting's name and the remedy.</summary>
internal sealed class SettingsReader(SettingValues values)
{
    private readonly SettingParser _parser = new(values);

    /// <exception cref="SettingException">A value makes no sense, or two don't go together.</exception>
    public SiloSettings Read()
    {
        var (meeting, api, room) = (new MeetingReader(_parser), new ApiReader(_parser), new ModelRoomReader(_parser));
        var redis = meeting.Redis();
        return new SiloSettings
        {
            Name = _parser.Word(SettingKeys.Name),
            ClusterId = _parser.Word(SettingKeys.ClusterId) ?? "exo",
            Redis = redis,
            Advertise = meeting.Advertise(redis),
            SiloPort = _parser.Port(SettingKeys.SiloPort, least: 1),
            GatewayPort = _parser.Port(SettingKeys.GatewayPort, least: 0) ?? 0,
            Http = api.Http(),
            ApiKey = _parser[SettingKeys.ApiKey],
            CorsOrigins = api.CorsOrigins(),
            Devices = room.Devices(),
            Threads = room.Threads(),
            MemoryByteCount = room.Memory(),
            KeepAlive = room.KeepAlive(),
            Tls = new TlsReader(_parser).Tls(),
            JoinWait = _parser.Seconds(SettingKeys.JoinWait, 60, least: 1),
            Drain = _parser.Seconds(SettingKeys.Drain, 20),
            Home = Home(),
            Verbose = _parser.Switch(SettingKeys.Verbose),
        };
    }

    private string Home()
    {
        if (_parser[SettingKeys.Home] is { } folder) return Path.GetFullPath(folder);
        // A service may have no home: then the machine's folder for what doesn't outlive a restart is as good.
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "exo");
    }
}
