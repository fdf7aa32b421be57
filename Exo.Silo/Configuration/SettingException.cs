namespace Exo.Silo.Configuration;

/// <summary>The silo can't start as it is set up. The message names the setting as it was spelled, and the remedy.</summary>
internal sealed class SettingException(string message, Exception? inner = null) : Exception(message, inner);
