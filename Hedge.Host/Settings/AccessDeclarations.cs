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
}
