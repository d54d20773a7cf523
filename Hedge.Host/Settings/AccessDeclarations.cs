namespace Hedge.Host.Settings;

/// <summary>The settings of users and their rights.</summary>
internal static class AccessDeclarations
{
    public static readonly UsersSetting Users = new("user")
    {
        Summary = "Users, an array of lines: a name, then rules as ACL SETUSER takes them. Not together "
            + "with aclfile.",
        Change = SettingChange.AtStart,
        IsSecret = true,
    };

    public static readonly TextSetting AclFile = new("aclfile", "")
    {
        Summary = "File of the users, read at start and by ACL LOAD, written by ACL SAVE. Empty for none.",
        Change = SettingChange.AtStart,
    };

    public static readonly ChoiceSetting<ChannelDefault> AclPubSubDefault = new("acl-pubsub-default",
        ChannelDefault.ResetChannels)
    {
        Summary = "Which channels a new user may use: resetchannels (none) or allchannels.",
    };

    public static readonly IntegerSetting AclLogMaxLength = new("acllog-max-len", 128, 0, int.MaxValue)
    {
        Summary = "Entries of ACL LOG that are kept.",
    };

    public static readonly ChoiceSetting<Permission> DebugCommand = new("enable-debug-command", Permission.No)
    {
        Summary = "Who may use DEBUG: no one, local (clients on this machine), yes (all).",
        Change = SettingChange.AtStart,
    };

    public static readonly ChoiceSetting<Permission> ProtectedConfigs = new("enable-protected-configs",
        Permission.No)
    {
        Summary = "Who may CONFIG SET settings that name files: no one, local, yes.",
        Change = SettingChange.AtStart,
    };

    public static readonly RenamesSetting RenameCommand = new("rename-command")
    {
        Summary = "Other names for commands: an object of names, or --rename-command NAME NEW; an empty new "
            + "name takes the command away. Users' rules go by the old names.",
        Change = SettingChange.AtStart,
    };
}
