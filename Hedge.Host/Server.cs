using Hedge.Host.Commands;
using Hedge.Host.Settings;

namespace Hedge.Host;

/// <summary>What all cores share: settings, the command table, counters, the state of the whole server.</summary>
public sealed class Server
{
    /// <summary>A server with these settings; without any, with the defaults and no configuration file.</summary>
    public Server(SettingStore? settings = null)
    {
        Settings = settings ?? new SettingStore(ServerSettings.Defaults, null);
        NotifiesKeyspaceEvents = Settings.Current.NotifyKeyspaceEvents != KeyspaceEvents.None;
        Settings.Changed += (_, after) =>
            NotifiesKeyspaceEvents = after.NotifyKeyspaceEvents != KeyspaceEvents.None;
    }

    /// <summary>All commands.</summary>
    public CommandTable Commands { get; } = new();

    /// <summary>The settings; CONFIG SET changes them.</summary>
    public SettingStore Settings { get; }

    /// <summary>True when notify-keyspace-events asks for anything. Follows the setting.</summary>
    public bool NotifiesKeyspaceEvents { get; internal set; }
}
