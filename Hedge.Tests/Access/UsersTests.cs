using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using NUnit.Framework;

namespace Hedge.Tests.Access;

/// <summary>Users, their passwords and their rights, without a server.</summary>
[TestFixture]
[Category("fast")]
internal sealed class UsersTests
{
    private static readonly CommandTable Commands = AllCommands.Table();

    private string _path = "";

    [SetUp]
    public void MakePath() => _path = Path.GetTempFileName();

    [TearDown]
    public void RemoveFile() => File.Delete(_path);

    [Test]
    public void The_password_of_the_settings_is_the_text_in_UTF8_and_nothing_else()
    {
        var users = new Users(Commands);
        users.SetDefaultPassword("пароль");
        Assert.That(users.TryLogIn("default", "пароль"u8), Is.Not.Null);
        Assert.That(users.TryLogIn("default", "??????"u8), Is.Null);
    }

    [Test]
    public void Only_the_default_user_as_the_settings_make_him_is_untouched()
    {
        var users = new Users(Commands);
        Assert.That(users.IsUntouched);
        users.SetDefaultPassword("a");
        Assert.That(users.IsUntouched);
        Set(users, "default", ">b", "<a");
        Assert.That(users.IsUntouched, Is.False, "another password");
        users.SetDefaultPassword("");
        Assert.That(users.IsUntouched);
        Set(users, "default", "resetpass");
        Assert.That(users.IsUntouched, Is.False, "no password is right");
    }

    [Test]
    public void A_default_user_whom_a_file_does_not_name_keeps_the_password_of_the_settings()
    {
        var users = new Users(Commands);
        users.SetDefaultPassword("secret");
        users.Replace(new Dictionary<string, UserRights>(), out _);
        Assert.That(users.Default.NeedsNoLogin, Is.False);
        Assert.That(users.TryLogIn("default", "secret"u8), Is.Not.Null);
    }

    [Test]
    public void A_user_who_is_gone_may_do_nothing_any_more([Values] bool byFile)
    {
        var users = new Users(Commands);
        User user = Set(users, "u", "on", "nopass", "+@all", "allkeys", "allchannels");
        if (byFile) users.Replace(new Dictionary<string, UserRights>(), out _);
        else users.Remove("u");
        Assert.That(user.Rights.IsUnlimited, Is.False);
        Assert.That(user.Rights.Check(Commands.Find("ping"u8)!, new Words("PING")).Kind,
            Is.EqualTo(DenialKind.Command));
    }

    [Test]
    public void Letters_of_which_a_byte_would_be_a_space_in_Latin1_are_parts_of_names()
    {
        var users = new Users(Commands);
        Set(users, RuleText.FromSetting("à…"), RuleText.FromSetting("~à*"), RuleText.FromSetting("&…"));
        Assert.That(RuleText.HasSpace(RuleText.FromSetting("à…")), Is.False);
        Assert.That(AclFile.Save(_path, users.All), Is.Null);
        Assert.That(Load().Keys, Does.Contain(RuleText.FromSetting("à…")));
    }

    [Test]
    public void A_first_argument_that_would_be_several_words_in_a_file_is_refused()
    {
        var users = new Users(Commands);
        foreach (string word in (string[])["0 +@all", "0\nuser x", "0\t1", "0\0"])
            Assert.That(users.TrySet("u", ["+select|" + word], out _, out _), Is.Null, word);
        Set(users, "u", "+select|\u00C0");
        Assert.That(users.Find("u")!.Rights.ToString(), Does.EndWith("+select|\u00C0"));
    }

    [Test]
    public void A_mark_of_UTF8_at_the_beginning_of_a_file_makes_no_other_letters_of_its_patterns()
    {
        File.WriteAllText(_path, "user u on ~ключ*\n", new UTF8Encoding(true));
        Assert.That(AclFile.Load(_path, Commands, false, out string problems), Is.Null);
        Assert.That(problems, Does.Contain("line should start with user keyword"));
        File.WriteAllText(_path, "user u on ~ключ*\n", new UTF8Encoding(false));
        Assert.That(Load()["u"].Root.KeyText, Is.EqualTo(RuleText.FromSetting("~ключ*")));
    }

    [Test]
    public void A_user_without_a_name_is_written_and_read()
    {
        var users = new Users(Commands);
        Set(users, "", "on", "nopass");
        Assert.That(AclFile.Save(_path, users.All), Is.Null);
        Assert.That(Load().Keys, Is.EquivalentTo((string[])["", "default"]));
    }

    [Test]
    public void A_path_that_cannot_be_one_is_told()
    {
        Assert.That(AclFile.Load("\0", Commands, false, out string problems), Is.Null);
        Assert.That(problems, Is.Not.Empty);
        Assert.That(AclFile.Save("\0", []), Is.Not.Empty);
    }

    [Test]
    public void A_file_without_an_end_is_not_read_for_ever()
    {
        if (!File.Exists("/dev/zero")) Assert.Ignore("there is no such device");
        Assert.That(AclFile.Load("/dev/zero", Commands, false, out _), Is.Empty);
        using (FileStream file = File.OpenWrite(_path)) file.SetLength((64L << 20) + 1);
        Assert.That(AclFile.Load(_path, Commands, false, out string problems), Is.Null);
        Assert.That(problems, Does.Contain("64 MiB"));
    }

    [Test]
    public void Whoever_may_use_all_channels_may_go_on_listening()
    {
        var users = new Users(Commands);
        User user = Set(users, "u", "allchannels");
        Assert.That(user.Rights.MayListen("c"u8, isPattern: false));
        Assert.That(user.Rights.MayListen("c*"u8, isPattern: true));
        Set(users, "u", "resetchannels");
        Assert.That(user.Rights.MayListen("c"u8, isPattern: false), Is.False);
    }

    // What is the value of an option is no option, whatever it says.
    [TestCase("SORT k STORE d BY STORE ASC", "k d")]
    [TestCase("SORT k STORE d GET STORE DESC", "k d")]
    [TestCase("SORT k STORE STORE ASC", "k STORE")]
    [TestCase("SORT k STORE a STORE b", "k b")]
    [TestCase("SORT k LIMIT STORE x", "k")]
    [TestCase("SORT k BY w store d", "k d")]
    [TestCase("GEORADIUS k 0 0 1 m STORE STORE ASC", "k STORE")]
    [TestCase("GEORADIUS k 0 0 1 m STOREDIST STORE ASC", "k STORE")]
    [TestCase("GEORADIUSBYMEMBER k m 1 m STORE STOREDIST ASC", "k STOREDIST")]
    [TestCase("GEORADIUSBYMEMBER k m 1 m STORE a STORE b", "k b")]
    public void The_keys_are_those_that_the_command_is_going_to_use(string request, string expected)
    {
        string[] words = request.Split(' ');
        var arguments = new Words(words);
        var keys = new List<string>();
        foreach (int i in KeyPositions.Of(Commands.Find(arguments[0])!.Spec, arguments)) keys.Add(words[i]);
        Assert.That(string.Join(' ', keys), Is.EqualTo(expected));
    }

    private static User Set(Users users, string name, params string[] rules) =>
        users.TrySet(name, rules, out string wrong, out string problem)
            ?? throw new AssertionException($"{wrong}: {problem}");

    private Dictionary<string, UserRights> Load() =>
        AclFile.Load(_path, Commands, false, out string problems) ?? throw new AssertionException(problems);

    private sealed class Words(params string[] words) : IArguments
    {
        public int Count => words.Length;

        public ReadOnlySpan<byte> this[int index] => Encoding.Latin1.GetBytes(words[index]);
    }
}
