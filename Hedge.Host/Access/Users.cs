using Hedge.Host.Declarations;

namespace Hedge.Host.Access;

/// <summary>All users. Any core reads; changes are made at start and by commands that hold all
/// cores.</summary>
internal sealed class Users
{
    private readonly CommandTable _commands;
    private string _password = "";
    private volatile SortedDictionary<string, User> _all = new(StringComparer.Ordinal);

    /// <summary>The default user alone, who may do everything without a password.</summary>
    public Users(CommandTable commands)
    {
        _commands = commands;
        Default = new User(User.DefaultName, Everything());
        _all.Add(Default.Name, Default);
    }

    /// <summary>The user that every new client is.</summary>
    public User Default { get; }

    /// <summary>All users, by name.</summary>
    public IReadOnlyCollection<User> All => _all.Values;

    /// <summary>True when a new user may use all channels (acl-pubsub-default).</summary>
    public bool AllowsChannels { get; set; }

    /// <summary>True when there is the default user alone, who has got no rules but the password of the
    /// settings.</summary>
    public bool IsUntouched => _all.Count == 1
        && Default.Rights.ToString() == WithPassword(Everything()).ToString();

    /// <summary>The user of that name, in Latin-1, or null.</summary>
    public User? Find(string name) => _all.GetValueOrDefault(name);

    /// <summary>Applies rules to a user, who is made if there is none of that name: all of them or none.
    /// Null: one is wrong.</summary>
    public User? TrySet(string name, IEnumerable<string> rules, out string wrong, out string problem)
    {
        User? user = Find(name);
        UserRights? rights = UserRules.Apply(user?.Rights ?? UserRights.New(_commands, AllowsChannels), rules,
            _commands, AllowsChannels, out wrong, out problem);
        if (rights is null) return null;
        if (user is not null) user.Rights = rights;
        else Add(user = new User(name, rights));
        return user;
    }

    /// <summary>Removes a user; false if there is none of that name.</summary>
    public bool Remove(string name)
    {
        var all = new SortedDictionary<string, User>(_all, StringComparer.Ordinal);
        bool isRemoved = all.Remove(name, out User? user);
        // His connections are about to close; whatever still runs for them may do nothing any more.
        if (user is not null) user.Rights = UserRights.New(_commands, allChannels: false);
        _all = all;
        return isRemoved;
    }

    /// <summary>The default user's only password; empty for none (requirepass).</summary>
    public void SetDefaultPassword(string password)
    {
        _password = RuleText.FromSetting(password);
        Default.Rights = WithPassword(Default.Rights);
    }

    /// <summary>Replaces all users. Sessions keep those that are the same: of one that is gone or has other
    /// rights, <paramref name="isChanged"/> is true.</summary>
    public void Replace(IReadOnlyDictionary<string, UserRights> users, out Func<User, bool> isChanged)
    {
        var all = new SortedDictionary<string, User>(StringComparer.Ordinal);
        var changed = new HashSet<User>(_all.Values);
        foreach ((string name, UserRights rights) in users)
        {
            if (Find(name) is not { } user) user = new User(name, rights);
            else if (user.Rights.ToString() == rights.ToString()) changed.Remove(user);
            user.Rights = rights;
            all.Add(name, user);
        }

        if (!all.ContainsKey(User.DefaultName))
        {
            Default.Rights = WithPassword(Everything());
            all.Add(User.DefaultName, Default);
        }

        foreach (User gone in _all.Values.Where(user => !all.ContainsKey(user.Name)))
            gone.Rights = UserRights.New(_commands, allChannels: false);
        changed.Remove(Default);
        _all = all;
        isChanged = changed.Contains;
    }

    /// <summary>The user who has this password, or null.</summary>
    public User? TryLogIn(string name, ReadOnlySpan<byte> password)
    {
        // One who is not there takes as long as one who is.
        UserRights rights = Find(name)?.Rights ?? Default.Rights;
        bool isRight = rights.Accepts(password);
        return isRight && rights.IsOn ? Find(name) : null;
    }

    private void Add(User user) =>
        _all = new SortedDictionary<string, User>(_all, StringComparer.Ordinal) { [user.Name] = user };

    private UserRights WithPassword(UserRights rights) => UserRules.Apply(rights,
        _password.Length == 0 ? ["nopass"] : ["resetpass", ">" + _password], _commands, AllowsChannels,
        out _, out _)!;

    private UserRights Everything() => UserRules.Apply(UserRights.New(_commands, allChannels: true),
        ["on", "nopass", "allkeys", "allchannels", "allcommands"], _commands, true, out _, out _)!;
}
