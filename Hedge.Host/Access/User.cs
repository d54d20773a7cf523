namespace Hedge.Host.Access;

/// <summary>A user. Sessions keep him; what he may do is replaced as a whole, by a command that holds all
/// cores.</summary>
internal sealed class User(string name, UserRights rights)
{
    private UserRights _rights = rights;

    /// <summary>The name of the user that every new client is.</summary>
    public const string DefaultName = "default";

    /// <summary>His name, in Latin-1.</summary>
    public string Name { get; } = name;

    /// <summary>What he may do now. Any core.</summary>
    public UserRights Rights
    {
        get => Volatile.Read(ref _rights);
        set => Volatile.Write(ref _rights, value);
    }

    /// <summary>True when clients are this user without a password.</summary>
    public bool NeedsNoLogin => Rights is { IsOn: true, NeedsNoPassword: true };

    /// <summary>As a line of an ACL file has it.</summary>
    public override string ToString() => $"user {Name} {Rights}";
}
