namespace Hedge.Host.Settings;

/// <summary>Puts what has changed into force, on the core that changes it. Called again with the arguments
/// exchanged when a later one fails.</summary>
/// <returns>Null, or the setting that fails and CONFIG SET's text; then everything is as before.</returns>
internal delegate (string Name, string Problem)? SettingApplier(ServerSettings before, ServerSettings after);
