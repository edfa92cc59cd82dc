"""Every problem with plugins by its id: what happened and what to do about it. The reference page is made from this table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cunli import theme_problems
from cunli.compliance.problem_kinds import KINDS as OF_COMPLIANCE
from cunli.duty_problems import DUTY_PROBLEMS, OWN
from cunli.feed_problems import FEED
from cunli.going_problems import GOING
from cunli.problem_kind import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One case of a kind: which plugin, and the facts of it. A problem never stops the site.

    What a plugin found by itself has an id of its own, and `text` and `hint` as its facts.
    """

    id: str
    plugin: str
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """What happened, in English."""
        return KINDS.get(self.id, OWN).text.format(**dict(self.facts))

    @property
    def hint(self) -> str:
        """What to do about it, in English."""
        return KINDS.get(self.id, OWN).hint.format(**dict(self.facts))

    def told(self, locale: str) -> tuple[str, str]:
        """What happened and what to do, for a reader of this locale."""
        if not locale.startswith("zh"):
            return self.text, self.hint
        what, way_out = KINDS.get(self.id, OWN).chinese
        return what.format(**dict(self.facts)), way_out.format(**dict(self.facts))

    def __str__(self) -> str:
        return f"{self.id} {self.plugin}: {self.text}"


_KINDS = (
    Kind(
        id="plugins.E001",
        text="two distributions call themselves “{plugin}”: {distributions}",
        hint="Uninstall one of them. Neither is loaded until then.",
        chinese=("有两个包都叫“{plugin}”：{distributions}", "卸掉其中一个。在那之前，两个都不启用。"),
    ),
    Kind(
        id="plugins.E002",
        text="{distribution} needs {requirement}, and this is Cunli {version}",
        hint="Install a version of {distribution} that fits, or change the version of Cunli.",
        chinese=(
            "{distribution} 需要 {requirement}，而这里是村里 {version}",
            "换一个合适的 {distribution} 版本，或者换村里的版本。",
        ),
    ),
    Kind(
        id="plugins.E003",
        text="listed in the settings and not installed",
        hint="Install it, or take it out of `plugins`. Installed: {installed}.",
        chinese=("设置里写了它，可是没装", "把它装上，或者从 `plugins` 里去掉。已经装了：{installed}。"),
    ),
    Kind(
        id="plugins.E004",
        text="importing it failed: {error}",
        hint="Report this to the plugin's authors: {tracker}",
        chinese=("导入时出错：{error}", "报给插件的作者：{tracker}"),
    ),
    Kind(
        id="plugins.E005",
        text="its entry point is {found}, not a cunli.Plugin with a Manifest",
        hint="The entry point must name an instance of a subclass of cunli.Plugin whose `manifest` is a cunli.Manifest.",
        chinese=(
            "它的入口是 {found}，不是带 Manifest 的 cunli.Plugin",
            "入口要指向 cunli.Plugin 子类的一个实例，它的 `manifest` 要是 cunli.Manifest。",
        ),
    ),
    Kind(
        id="plugins.E006",
        text="{name}() has the name of a hook and is not marked as one",
        hint="Put @hookimpl above it, or give it another name.",
        chinese=("{name}() 和挂钩同名，却没有标成挂钩", "在它上面加 @hookimpl，或者换个名字。"),
    ),
    Kind(
        id="plugins.E007",
        text="{name}() is marked as a hook, and there is no such hook",
        hint="Hooks are: {known}.",
        chinese=("{name}() 标成了挂钩，可是没有这个挂钩", "有这些挂钩：{known}。"),
    ),
    Kind(
        id="plugins.E008",
        text="{name}() must be written with `{colour}`",
        hint="Write `{colour} {name}(self, …)`.",
        chinese=("{name}() 要用 `{colour}` 来写", "写成 `{colour} {name}(self, …)`。"),
    ),
    Kind(
        id="plugins.E009",
        text="it requires “{requirement}”, which is not running",
        hint="Add “{requirement}” to `plugins` in the settings, or look at that plugin's own problem.",
        chinese=(
            "它要靠“{requirement}”，而那个没有在运行",
            "把“{requirement}”加进设置的 `plugins`，或者看看那个插件自己的问题。",
        ),
    ),
    Kind(
        id="plugins.E010",
        text="it requires itself in a circle: {circle}",
        hint="One of them must do without the others.",
        chinese=("它绕着圈要靠自己：{circle}", "其中一个要改成不靠别的。"),
    ),
    Kind(
        id="plugins.E011",
        text="{name}() asks for {options}, which plugins may not",
        hint="Plugins run in the order of `requires` and `after`; use plain @hookimpl.",
        chinese=("{name}() 要用 {options}，插件不许用", "插件按 `requires` 和 `after` 的先后运行，只用 @hookimpl。"),
    ),
    Kind(
        id="plugins.E012",
        text="its templates folder holds “{found}”; only “{plugin}/” belongs there",
        hint="Move the templates into templates/{plugin}/. Changing other templates is what themes are for.",
        chinese=(
            "它的 templates 文件夹里有“{found}”，那里只该有“{plugin}/”",
            "把模板移进 templates/{plugin}/。要改别处的模板，用主题。",
        ),
    ),
    Kind(
        id="plugins.E013",
        text="table “{table}” does not begin with “{plugin}_”",
        hint='Set `table = "{plugin}_…"` in the Meta of {model}.',
        chinese=("表“{table}”的名字不是以“{plugin}_”开头", '在 {model} 的 Meta 里写 `table = "{plugin}_…"`。'),
    ),
    Kind(
        id="plugins.E014",
        text="model {model} does not say whose rows it holds",
        hint='Derive it from cunli.VillageModel, or write `scope = "county"` in its body.',
        chinese=("模型 {model} 没有说它的数据是谁的", '从 cunli.VillageModel 派生，或者在里面写 `scope = "county"`。'),
    ),
    Kind(
        id="plugins.E015",
        text="{name}() failed while the plugin was loaded: {error}",
        hint="Report this to the plugin's authors: {tracker}",
        chinese=("加载插件时 {name}() 出错：{error}", "报给插件的作者：{tracker}"),
    ),
    Kind(
        id="plugins.E016",
        text="{what} “{name}” does not begin with “{plugin}.”",
        hint="Names of tasks, subscriptions and capabilities begin with the plugin's own id.",
        chinese=("{what}“{name}”不是以“{plugin}.”开头", "任务、订阅和权限的名字都以插件自己的代号开头。"),
    ),
    Kind(
        id="plugins.E017",
        text="“{plugin}” cannot be the id of a plugin",
        hint="Ids are lower-case letters, digits and underscores, begin with a letter, and are not taken by the core.",
        chinese=("“{plugin}”不能当插件的代号", "代号用小写字母、数字和下划线，以字母开头，不能和核心的重名。"),
    ),
    Kind(
        id="plugins.E018",
        text="{name}() does not take the arguments of that hook",
        hint="Its definition is {name}{signature}.",
        chinese=("{name}() 的参数和挂钩的不一样", "它的定义是 {name}{signature}。"),
    ),
    Kind(
        id="plugins.E019",
        text="two {what} are called “{name}”",
        hint="Names and paths are used once within a plugin.",
        chinese=("有两个 {what} 都叫“{name}”", "名字和路径在一个插件里只能用一次。"),
    ),
    Kind(
        id="plugins.E020",
        text="page “{path}” is for holders of “{capability}”, which nobody declared",
        hint="Declare it in the manifest, or require the plugin that does.",
        chinese=("页面“{path}”要“{capability}”权限，可是谁也没声明过", "在 manifest 里声明，或者依赖声明它的插件。"),
    ),
    Kind(
        id="plugins.E021",
        text="it granted “{capability}”, which is not its own",
        hint="A plugin grants only what its manifest declares. Nothing was granted.",
        chinese=("它给人“{capability}”权限，那不是它自己的", "插件只能给自己声明过的权限。这次什么也没给。"),
    ),
    Kind(
        id="plugins.E022",
        text="“{name}” cannot be the key of a setting",
        hint="Keys begin with “{plugin}.”, then a letter; lower-case letters, digits and underscores, at most 60 characters.",
        chinese=(
            "“{name}”不能当设置项的名字",
            "要以“{plugin}.”开头，后面先是字母；只用小写字母、数字和下划线，最多 60 个字。",
        ),
    ),
    Kind(
        id="plugins.E023",
        text="setting “{name}” contradicts itself: {why}",
        hint="Correct it where it is declared; everything that a Setting can be is in the reference.",
        chinese=("设置项“{name}”自相矛盾：{why}", "在声明它的地方改好；设置项能怎么写，参考手册里都有。"),
    ),
    Kind(
        id="plugins.E024",
        text="setting “{name}” is used by {module} and not declared",
        hint="Put it into `settings` of the manifest, or take it out of {module}: what is not declared can be set by nobody.",
        chinese=(
            "{module} 用了设置项“{name}”，可是没有声明",
            "写进 manifest 的 `settings`，或者从 {module} 里去掉：没声明的谁也没法设。",
        ),
    ),
    Kind(
        id="plugins.E027",
        text="{model}.{field} is a {found}, which cannot be exported",
        hint="Use a field of Tortoise that both databases can store: a number, text, a moment, a day, bytes, JSON.",
        chinese=(
            "{model}.{field} 是 {found}，没法导出",
            "换成两种数据库都能存的字段：数、字、时刻、日子、字节、JSON。",
        ),
    ),
    Kind(
        id="plugins.E028",
        text="{model}.follows names “{field}”, which is no key to rows of a village",
        hint="Name a key to a household, a group, a membership or another table of yours: a person lives in many villages.",
        chinese=(
            "{model}.follows 写了“{field}”，它指的不是某个村的数据",
            "写指向户、组、成员或者自己别的表的键：一个人可能在好几个村。",
        ),
    ),
    Kind(
        id="plugins.E030",
        text="{count} of its migrations are waiting: {names}",
        hint="Run: cunli migrate",
        chinese=("有 {count} 个数据库迁移还没做：{names}", "运行：cunli migrate"),
    ),
    Kind(
        id="plugins.W101",
        text="{hook} raised {error}",
        hint="Others went on without it. Report this to the plugin's authors.",
        chinese=("{hook} 出错：{error}", "别的照常。请报给插件的作者。"),
    ),
    Kind(
        id="plugins.W102",
        text="{hook} took longer than {deadline} s and was left to finish by itself",
        hint="Others went on without it. Report this to the plugin's authors.",
        chinese=("{hook} 超过 {deadline} 秒还没回话，让它自己去办完", "别的照常。请报给插件的作者。"),
    ),
    Kind(
        id="plugins.W103",
        text="{hook} gave back something of the wrong kind: {error}",
        hint="Others went on without it. Report this to the plugin's authors.",
        chinese=("{hook} 给回来的东西不对：{error}", "别的照常。请报给插件的作者。"),
    ),
    Kind(
        id="plugins.W104",
        text="{hook} failed {failures} times within a minute and is not asked for five minutes",
        hint="It is tried again by itself. Switch the plugin off if it keeps failing.",
        chinese=("{hook} 一分钟里出错 {failures} 次，先停五分钟", "到时候会自己再试。一直出错，就把这个插件关掉。"),
    ),
    Kind(
        id="plugins.W105",
        text="it does not run here, though it is switched on (villages: {villages}) or required (regions: {regions})",
        hint="Install it and add it to `plugins` in the settings, or take the switches back with `cunli plugin disable`"
        " and `cunli plugin rule`. Nothing of it was deleted.",
        chinese=(
            "它在这里没有运行，可是有村打开了它（{villages} 个村），或者有地方定了要用（{regions} 处）",
            "把它装上并加进设置的 `plugins`；或者用 `cunli plugin disable` 和 `cunli plugin rule` 把开关收回来。数据一点没删。",
        ),
    ),
    Kind(
        id="plugins.W110",
        text="{hook} kept the whole server waiting for more than {seconds} s and is not asked for a day",
        hint="Report this to the plugin's authors: what takes long belongs into a task. Once it is mended, try it again on"
        " its page of the console.",
        chinese=(
            "{hook} 让整个服务器等了 {seconds} 秒以上，先停一天",
            "请报给插件的作者：费时的活要放进任务里。修好以后，在后台它那一页点“让它再试一次”。",
        ),
    ),
    Kind(
        id="plugins.W111",
        text="its page {path} failed with {error}",
        hint="Whoever opened it was told so, with an incident number that stands in the log. Report this to the plugin's authors.",
        chinese=(
            "它的页面 {path} 出错：{error}",
            "打开的人看到了出错的说明和编号，日志里按编号查。请报给插件的作者。",
        ),
    ),
    Kind(
        id="plugins.W106",
        text="what {region} ({code}) set for “{name}” is not used: {why}",
        hint="Set it anew or take it back: cunli plugin unset {plugin} {name} --region {code} --level {level}. Until then"
        " what is above counts, or the default; nothing was deleted.",
        chinese=(
            "{region}（{code}）给“{name}”定的值没有用上：{why}",
            "重新定，或者收回：cunli plugin unset {plugin} {name} --region {code} --level {level}。在那之前用上面定的或默认的，数据一点没删。",
        ),
    ),
    Kind(
        id="plugins.W107",
        text="its tables are in the database, and it does not run here: villages cannot be merged or split",
        hint="Install it and add it to `plugins` in the settings, or take it away for good: install it, then"
        " `cunli plugin remove {plugin}`.",
        chinese=(
            "它的表还在数据库里，可是它没有在运行：村不能合并，也不能拆分",
            "把它装上并加进设置的 `plugins`；要移走，先装上再运行 `cunli plugin remove {plugin}`。",
        ),
    ),
    Kind(
        id="plugins.W108",
        text="village_disabled failed in {village} after {attempts} attempts: {error}",
        hint="Report this to the plugin's authors. It is off there all the same; to try again: {way_out}.",
        chinese=(
            "{village}关了它，可是告诉它的时候出错，试了 {attempts} 次：{error}",
            "请报给插件的作者。那个村已经关了；要再试：{way_out}。",
        ),
    ),
)

_MORE = (*GOING, *FEED, *DUTY_PROBLEMS, *OF_COMPLIANCE, *theme_problems.KINDS)
KINDS: Mapping[str, Kind] = {kind.id: kind for kind in (*_KINDS, *_MORE)}


def problem(kind: str, plugin: str, **facts: object) -> Problem:
    """One case. `facts` fill the placeholders; a missing one is a mistake of ours and raises `KeyError`."""
    facts["plugin"] = plugin
    found = Problem(id=kind, plugin=plugin, facts=tuple((name, _worded(fact)) for name, fact in sorted(facts.items())))
    found.told("zh")
    found.told("en")
    return found


def _worded(fact: object) -> str:
    return f"{fact:g}" if isinstance(fact, float) else str(fact)


def stored(kind: str, plugin: str, facts: str) -> Problem:
    """A case that was kept with its facts as JSON, as `as_json` gives them."""
    return Problem(id=kind, plugin=plugin, facts=tuple((str(n), str(f)) for n, f in json.loads(facts).items()))


def as_json(found: Problem) -> str:
    """The facts of a case, for keeping it."""
    return json.dumps(dict(found.facts), ensure_ascii=False)
